namespace Toystore.Core.Membership;

/// <summary>
/// How much a member doubts itself before it doubts others (Lifeguard §IV.A): 0 is well, up to <paramref name="max"/>. A probe that was answered takes one off; one that failed although the helpers should have said something, a refutation
/// of its own, and a pause in which it did not run add to it. Both the probe interval and the probe time-out are multiplied by <see cref="Scale"/>, as the paper has it (hashicorp/memberlist leaves the time-out alone,
/// which gives a slow member no more time to see its acks). LAN: 1 s and 300 ms up to 9 s and 2.7 s.
/// </summary>
internal sealed class LocalHealth(int max)
{
    /// <summary>0 (well) to max.</summary>
    public int Score { get; private set; }

    /// <summary>By what interval and time-out are multiplied: 1 to max + 1.</summary>
    public int Scale => Score + 1;

    /// <summary>Adds to the score; it stays in its range.</summary>
    public void Add(int delta) => Score = Math.Clamp(Score + delta, 0, max);
}
