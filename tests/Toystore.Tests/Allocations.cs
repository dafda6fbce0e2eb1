namespace Toystore.Tests;

/// <summary>Asserts what an action allocates on its thread, after a warm-up.</summary>
internal static class Allocations
{
    private const int Rounds = 1000;
    private const int Attempts = 5;

    /// <summary>Fails if the action allocates at all.</summary>
    public static void None(Action action) => Assert.Equal(0, BytesPerCall(action));

    /// <summary>Mean bytes allocated by one call: the least of several attempts, since the runtime itself may allocate when it recompiles what it runs.</summary>
    public static double BytesPerCall(Action action)
    {
        Repeat(action);
        var least = double.MaxValue;
        for (var attempt = 0; attempt < Attempts && least > 0; attempt++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            Repeat(action);
            least = Math.Min(least, (GC.GetAllocatedBytesForCurrentThread() - before) / (double)Rounds);
        }

        return least;
    }

    private static void Repeat(Action action)
    {
        for (var i = 0; i < Rounds; i++)
        {
            action();
        }
    }
}
