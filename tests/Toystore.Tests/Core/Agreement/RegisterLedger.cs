using Toystore.Core.Agreement;
using Toystore.Core.Placement;

namespace Toystore.Tests.Core.Agreement;

/// <summary>What really happened in a <see cref="RegisterWorld"/>, from what came to lie on disks and what was answered; and the first promise that was broken.</summary>
internal sealed class RegisterLedger
{
    private readonly Dictionary<Instance, AcceptorName[]> _acceptors = [];
    private readonly Dictionary<(Instance, Ballot, ulong), HashSet<AcceptorName>> _votes = [];
    private readonly Dictionary<Instance, Decree> _chosen = [];
    private readonly Dictionary<Epoch, Decree> _byEpoch = [];
    private readonly HashSet<ulong> _known = [];
    private readonly HashSet<(AcceptorName, ulong)> _learned = [];
    private readonly Dictionary<(AcceptorName, Instance), Ballot> _promises = [];
    private readonly Dictionary<(AcceptorName, Instance), Ballot> _acceptances = [];

    public string? Violation { get; private set; }

    /// <summary>The newest decree of each lineage.</summary>
    public Dictionary<ulong, Decree> Newest { get; } = [];

    /// <summary>Every decree that was chosen, or forced.</summary>
    public IEnumerable<Decree> All => _byEpoch.Values;

    public int Chosen => _chosen.Count;

    public void Seeds(SeedList seeds) => _acceptors[seeds.Instance] = Array.ConvertAll(seeds.Nodes.ToArray(), node => new AcceptorName(node, default));

    public ReadOnlySpan<AcceptorName> AcceptorsOf(Instance instance) => _acceptors.GetValueOrDefault(instance);

    public void Forced(Decree decree)
    {
        _known.Add(decree.Fingerprint);
        Hold(decree);
    }

    /// <summary>A vote came to lie on a disk.</summary>
    public void Voted(AcceptorName name, Vote vote, Instance instance)
    {
        var decree = vote.Decree;
        _acceptors.TryAdd(decree.Instance, decree.Acceptors.ToArray());
        Require(instance.Admits(decree), $"{name} accepted {decree}, which does not follow");
        if (!_acceptors.TryGetValue(instance, out var acceptors))
        {
            Require(false, $"{name} voted on what follows something that nobody proposed");
            return;
        }

        var seat = instance.IsFounding ? name with { Disk = default } : name;
        if (!acceptors.Contains(seat))
        {
            return;
        }

        var voters = _votes.TryGetValue((instance, vote.Ballot, decree.Fingerprint), out var some) ? some : _votes[(instance, vote.Ballot, decree.Fingerprint)] = [];
        voters.Add(seat);
        if (voters.Count < (acceptors.Length / 2) + 1)
        {
            return;
        }

        Require(!_chosen.TryGetValue(instance, out var other) || other.Equals(decree), $"{decree} was chosen, and so was {other}");
        Require(!_byEpoch.TryGetValue(decree.Epoch, out var same) || same.Equals(decree), $"{decree} was chosen, and so was {same}");
        _chosen[instance] = decree;
        Hold(decree);
    }

    /// <summary>A decree came to lie on a disk as chosen.</summary>
    public void Learned(AcceptorName name, Decree decree)
    {
        Require(_known.Contains(decree.Fingerprint), $"{name} was told {decree}, which is not chosen");
        _learned.Add((name, decree.Fingerprint));
    }

    /// <summary>True if a majority of its own acceptors has had it on their disks.</summary>
    public bool HasBeenLearned(Decree decree) => decree.Acceptors.ToArray().Count(name => _learned.Contains((name, decree.Fingerprint))) > decree.Acceptors.Length / 2;

    /// <summary>An answer was sent.</summary>
    public void Answered(RegisterReply reply)
    {
        switch (reply)
        {
            case RegisterReply.Promised(var name, var instance, var ballot, var vote):
                Require(ballot.CompareTo(_promises.GetValueOrDefault((name, instance))) >= 0, $"{name} has promised a higher ballot than {ballot}");
                Require((vote?.Ballot ?? default).CompareTo(_acceptances.GetValueOrDefault((name, instance))) >= 0, $"{name} has forgotten that it accepted something");
                _promises[(name, instance)] = ballot;
                break;
            case RegisterReply.Accepted(var name, var instance, var ballot):
                Require(ballot.CompareTo(_promises.GetValueOrDefault((name, instance))) >= 0, $"{name} accepts below its promise");
                _acceptances[(name, instance)] = ballot;
                break;
        }
    }

    public void Require(bool holds, string otherwise) => Violation ??= holds ? null : otherwise;

    private void Hold(Decree decree)
    {
        _acceptors.TryAdd(decree.Instance, decree.Acceptors.ToArray());
        _byEpoch[decree.Epoch] = decree;
        if (_known.Add(decree.Fingerprint) || !Newest.ContainsKey(decree.Epoch.Lineage))
        {
            Require(decree.Epoch.Number == 1 || _known.Contains(decree.Previous), $"{decree} was chosen before the one it follows");
        }

        if (!Newest.TryGetValue(decree.Epoch.Lineage, out var newest) || decree.IsLaterThan(newest))
        {
            Newest[decree.Epoch.Lineage] = decree;
        }
    }
}
