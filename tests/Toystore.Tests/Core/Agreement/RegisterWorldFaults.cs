using Toystore.Core.Agreement;

namespace Toystore.Tests.Core.Agreement;

/// <summary>Crashes, lost disks, and how it all ends well.</summary>
internal sealed partial class RegisterWorld
{
    private void Start(RegisterNode node)
    {
        var found = node.OnDisk;
        var state = found is null ? AcceptorState.OfNewDisk(_wrong == Wrong.EmptiedDiskAsTheOldOne ? new DiskId(node.Id.Value) : NewDisk()) : node.IsDiskInDoubt ? found.InDoubt(NewDisk()) : found;
        if (node.IsDiskInDoubt)
        {
            node.IsNoSeed = true;
            node.Acceptor = new Acceptor(node.Id, null);
            node.IsDiskInDoubt = false;
        }

        node.Memory = state;
        if (!ReferenceEquals(state, found))
        {
            Write(node, state);
        }

        Say($"{node.Id} starts with disk {state.Disk}, {state.Newest}");
    }

    private void Crash(RegisterNode node)
    {
        Say($"{node.Id} crashes");
        (node.Memory, node.Work) = (null, null);
        node.Heard.Clear();
    }

    private DiskId NewDisk() => new(100 + ++_disks);

    private static void Write(RegisterNode node, AcceptorState state)
    {
        if (node.Disk is not null)
        {
            node.Copies.Add(node.Disk);
        }

        node.Disk = AcceptorStateCodec.Encode(state);
    }

    // Of what seeds have promised nothing may be lost until all know the first decree, and of the acceptors in office no majority.
    private bool MayLoseItsDisk(RegisterNode node)
    {
        if (node.OnDisk is not { } state)
        {
            return false;
        }

        if (state.Newest is null)
        {
            return state.Promised == default && node.Seeds is { Nodes.Length: > 1 };
        }

        if (node.Seeds is { } seeds && _nodes.Any(other => other != node && other.Seeds == seeds && other.OnDisk?.Newest is null))
        {
            return false;
        }

        return node.Seeds is not { Nodes.Length: 1 } && Guarded().All(decree => !decree.Names(new AcceptorName(node.Id, state.Disk)) || InOffice(decree).Count() > (decree.Acceptors.Length / 2) + 1);
    }

    // Of each lineage the newest decree that a majority of its own acceptors knows, and all after it: nobody else may know these, nor what was accepted after them.
    private IEnumerable<Decree> Guarded() =>
        from lineage in _ledger.All.GroupBy(decree => decree.Epoch.Lineage)
        let settled = lineage.Where(decree => InOffice(decree).Count(node => IsKnownAt(node, decree)) > decree.Acceptors.Length / 2).Select(decree => decree.Epoch.Number).DefaultIfEmpty().Max()
        from decree in lineage
        where decree.Epoch.Number >= settled
        select decree;

    private static bool IsKnownAt(RegisterNode node, Decree decree) => node.OnDisk?.Newest is { } newest && (newest.Equals(decree) || newest.IsLaterThan(decree));

    private IEnumerable<RegisterNode> InOffice(Decree decree) => _nodes.Where(node => !node.IsDiskInDoubt && node.OnDisk is { } state && decree.Names(new AcceptorName(node.Id, state.Disk)));

    private void LoseDisk(RegisterNode node)
    {
        Crash(node);
        _outcome.DisksLost++;
        if (_chance.In(50) || node.Copies.Count == 0)
        {
            node.Disk = null;
            node.Copies.Clear();
            Say($"{node.Id}'s disk is emptied");
            return;
        }

        var back = _chance.Below(node.Copies.Count);
        node.Disk = node.Copies[back];
        node.Copies.RemoveRange(back, node.Copies.Count - back);
        node.IsDiskInDoubt = _wrong != Wrong.RolledBackDiskAsTheOldOne;
        Say($"{node.Id}'s disk rolls back");
    }

    /// <summary>Nothing goes wrong any more: every node is up and hears of the newest decree, and a change gets through; after an operator's force where the majority of the acceptors is lost.</summary>
    private void Calm()
    {
        if (_ledger.Violation is not null)
        {
            return;
        }

        _isCalm = true;
        foreach (var node in _nodes)
        {
            node.Side = 0;
            if (!node.IsUp)
            {
                Start(node);
            }
        }

        GossipAll();
        Settle();
        foreach (var origin in _nodes.Where(node => node.Seeds is not null).Select(node => node.Seeds!).Distinct().ToList())
        {
            Finish(origin);
        }
    }

    private void Finish(SeedList seeds)
    {
        var founded = _nodes.Where(node => node.Memory!.Newest?.Origin == seeds.Fingerprint).ToList();
        if (founded.Count == 0)
        {
            var able = _nodes.Where(node => node.Seeds == seeds && node.Acceptor.Handle(node.Memory!, new RegisterRequest.Prepare(seeds.Instance, new AcceptorName(node.Id, default), new Ballot(ulong.MaxValue, node.Id, 0))).Reply is RegisterReply.Promised).ToList();
            if (able.Count <= seeds.Nodes.Length / 2)
            {
                return;
            }

            Propose(able[0]);
            Settle();
            GossipAll();
            founded = _nodes.Where(node => node.Memory!.Newest?.Origin == seeds.Fingerprint).ToList();
            _ledger.Require(founded.Count > 0, "no cluster was founded, though all was well");
        }

        if (_ledger.Violation is not null)
        {
            return;
        }

        // The first of these may find a decree that was chosen, and that names only disks which are gone by now.
        var last = founded[_chance.Below(founded.Count)];
        for (var attempt = 0; attempt < 3; attempt++)
        {
            var newest = founded.Select(node => node.Memory!.Newest!).MaxBy(decree => decree.Epoch.Number)!;
            if (InOffice(newest).Count() <= newest.Acceptors.Length / 2)
            {
                Force(newest, founded);
            }

            if (_ledger.Violation is not null)
            {
                return;
            }

            last.Work = null;
            Propose(last);
            Settle();
            GossipAll();
            if (last.Work is null)
            {
                break;
            }
        }

        var newests = founded.Select(node => node.Memory!.Newest!).Distinct().ToList();
        _ledger.Require(newests.Count == 1, $"{newests.Count} newest decrees in the end");
        _ledger.Require(_done.Where(done => done.Origin == seeds.Fingerprint && done.Token != 0).All(done => Tokens(newests[0]).Contains(done.Token)), "a change that was done is gone");
        _ledger.Require(last.Work is null && Tokens(newests[0]).Contains(last.Token), "no change got through, though all was well");
    }

    private void Force(Decree newest, List<RegisterNode> nodes)
    {
        _outcome.Forced++;
        var forced = newest.Forced(1000 + newest.Epoch.Lineage, nodes.Take(3).Select(node => new AcceptorName(node.Id, node.Memory!.Disk)), newest.Value);
        _ledger.Forced(forced);
        nodes.ForEach(node => node.Work = null);
        foreach (var node in nodes)
        {
            Answer(node, node.Id, new RegisterRequest.Force(forced));
        }

        _messages.Clear();
        Answer(nodes[0], nodes[0].Id, new RegisterRequest.Learn(newest));
        _ledger.Require(nodes.All(node => node.Memory!.Newest!.Equals(forced)), "all that are left have taken what was forced, and keep it");
        _messages.Clear();
    }

    private void GossipAll()
    {
        foreach (var node in _nodes)
        {
            _nodes.ForEach(other => Send(node.Id, other.Id, RegisterRequest.Ask.Instance));
        }

        DeliverAll();
    }

    private void Settle()
    {
        DeliverAll();
        for (var turns = 0; turns < 40 && _ledger.Violation is null && _nodes.Find(node => node.Work is not null) is not null; turns++)
        {
            foreach (var node in _nodes.Where(node => node.Work is not null).ToList())
            {
                if (node.Work is { } work)
                {
                    Follow(node, node.IsPausing ? work.Rested() : work.TooLong());
                    DeliverAll();
                }
            }
        }
    }

    private void DeliverAll()
    {
        for (var left = 20_000; left > 0 && _messages.Count > 0; left--)
        {
            var (from, to, bytes, isReply) = _messages[0];
            _messages.RemoveAt(0);
            Deliver(from, to, bytes, isReply);
        }

        _ledger.Require(_messages.Count == 0, "messages without end");
    }
}
