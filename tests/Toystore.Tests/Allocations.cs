namespace Toystore.Tests;

/// <summary>Asserts what an action allocates on its thread, after a warm-up.</summary>
internal static class Allocations
{
    private const int Rounds = 1000;

    /// <summary>Fails if the action allocates at all.</summary>
    public static void None(Action action) => Assert.Equal(0, BytesPerCall(action));

    /// <summary>Mean bytes allocated by one call.</summary>
    public static double BytesPerCall(Action action)
    {
        for (var i = 0; i < Rounds; i++)
        {
            action();
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Rounds; i++)
        {
            action();
        }

        return (GC.GetAllocatedBytesForCurrentThread() - before) / (double)Rounds;
    }
}
