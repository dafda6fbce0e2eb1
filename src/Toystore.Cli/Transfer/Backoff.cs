namespace Toystore.Cli.Transfer;

/// <summary>How long to wait before each further try: 50 ms doubled each time up to 2 s, between half and all of it by chance, and none that would end after the time is up.</summary>
internal sealed class Backoff(TimeSpan retryFor, Random random)
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    /// <summary>The wait after the try numbered <paramref name="tries"/> (from 1) has failed, <paramref name="elapsed"/> after the first began; null to give up.</summary>
    public TimeSpan? Next(int tries, TimeSpan elapsed)
    {
        var full = Math.Min(Longest.TotalMilliseconds, First.TotalMilliseconds * Math.Pow(2, Math.Min(tries - 1, 16)));
        double chance;
        lock (random) // guards the generator: the transfers in flight share it
        {
            chance = random.NextDouble();
        }

        var wait = TimeSpan.FromMilliseconds(full * (0.5 + (chance / 2)));
        return elapsed + wait <= retryFor ? wait : null;
    }
}
