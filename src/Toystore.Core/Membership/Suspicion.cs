namespace Toystore.Core.Membership;

/// <summary>
/// How long a suspected member has, and who says that it does not answer (Lifeguard §IV.B). One accuser may itself be the one in trouble, so it starts at the longest time; each further, independent one brings the end nearer,
/// at first by much and then by little:
/// <code>
/// longest - (longest - shortest) · log(C + 1) / log(K + 1)      C accusers beyond the first, K of them are enough
///
/// with K = 3, 8 s to 48 s:  C = 0: 48 s   1: 28 s   2: 16.3 s   3: 8 s
/// </code>
/// </summary>
internal sealed class Suspicion
{
    private readonly Instant _began;
    private readonly TimeSpan _shortest;
    private readonly TimeSpan _longest;
    private readonly int _enough;
    private readonly List<NodeId> _accusers = new(1);

    /// <param name="now">Now.</param>
    /// <param name="by">The first accuser.</param>
    /// <param name="shortest">Time that is given even when all agree.</param>
    /// <param name="longest">Time that is given while nobody agrees.</param>
    /// <param name="enough">Accusers beyond the first that are enough for the shortest time (K); 0: the shortest time at once.</param>
    public Suspicion(Instant now, NodeId by, TimeSpan shortest, TimeSpan longest, int enough)
    {
        (_began, _shortest, _longest, _enough) = (now, shortest, longest, enough);
        _accusers.Add(by);
    }

    /// <summary>When the member is declared dead.</summary>
    public Instant Ends => _began + TimeGiven(_shortest, _longest, _enough, _accusers.Count - 1);

    /// <summary>The accuser heard of last.</summary>
    public NodeId LastAccuser => _accusers[^1];

    /// <summary>True if this accuser is one more, and counts: that is news to pass on.</summary>
    public bool Confirm(NodeId by)
    {
        if (_accusers.Count > _enough || _accusers.Contains(by))
        {
            return false;
        }

        _accusers.Add(by);
        return true;
    }

    /// <summary>The formula.</summary>
    public static TimeSpan TimeGiven(TimeSpan shortest, TimeSpan longest, int enough, int confirmations) =>
        enough == 0 || confirmations >= enough ? shortest : longest - ((longest - shortest) * (Math.Log(confirmations + 1) / Math.Log(enough + 1)));
}
