using Toystore.Core;
using Toystore.Core.Agreement;
using Toystore.Core.Placement;

namespace Toystore.Node.Agreement;

// While there is no topology to go by.
internal sealed partial class TopologyKeeper
{
    private Task _underway = Task.CompletedTask;
    private int _tries;

    // Gives how long to wait for the next try.
    private async Task<TimeSpan> FindAsync()
    {
        var asked = _current is { } known ? MembersOf(known.Edition.Topology) : _seeds.Nodes.ToArray();
        var words = await _calls.WordsAsync(asked, _stop);
        if (words.Where(word => IsNews(word.Value.Newest)).OrderByDescending(word => word.Value.Newest.Number).FirstOrDefault() is { Key: var ahead, Value.Newest.Number: > 0 })
        {
            await FetchAsync(ahead);
        }

        if (_current is null)
        {
            return Found(words);
        }

        if (!Acceptor.MustRead)
        {
            return TimeSpan.Zero;
        }

        if (IsUndecidable(_current, words))
        {
            _logger.ReadsWithoutRegister(_current.Decree.Epoch);
            return await Acceptor.TrustAsync() ? TimeSpan.Zero : _timing.BetweenTries;
        }

        if (_underway.IsCompleted)
        {
            _underway = ReadAsync();
        }

        Say($"This disk of {_setup.Self} is not the one that the cluster knows. It has to hear from a majority of {Names(_current.Decree)} first: start them, or mend the network.");
        return _timing.BetweenTries * (1 + (_current.Edition.Topology.Members.Length / 8));
    }

    private TimeSpan Found(Dictionary<NodeId, RegisterWord> words)
    {
        if (!Acceptor.Founds)
        {
            Say($"This disk of {_setup.Self} is not its first, and has no topology: {Away(words)}. Once another member answers it gets the topology from there.");
            return _timing.BetweenTries;
        }

        var seeds = _seeds.Nodes.ToArray();
        var there = seeds.Where(seed => seed == _setup.Self || (words.TryGetValue(seed, out var word) && word.Disk != default)).ToArray();
        if (there.Length < Instance.Majority(seeds.Length))
        {
            _tries = 0;
            Say($"The cluster is not founded: a majority of its {seeds.Length} members must run. {Away(words)}.");
            return _timing.BetweenTries;
        }

        // One is enough; the others come in when it does not do it.
        _tries++;
        var before = Array.IndexOf(there, _setup.Self) + (there.Length == seeds.Length ? 0 : 1);
        if (_underway.IsCompleted && _tries > before * _timing.TriesForAll)
        {
            _tries = 0;
            _underway = FoundAsync(words);
        }

        return before == 0 ? _timing.BetweenTries / 4 : _timing.BetweenTries;
    }

    private async Task FoundAsync(Dictionary<NodeId, RegisterWord> words)
    {
        try
        {
            var done = await _run.RunAsync(() => Task.FromResult(new Amendment(_setup.Self, _seeds, First, Chance())), _stop);
            if (done is AmendmentNext.Done(var newest))
            {
                await SpreadAsync(newest);
            }
        }
        catch (OperationCanceledException)
        {
            // the node stops
        }

        Decree First(IReadOnlyList<AcceptorName> promised)
        {
            var topology = _setup.Topology;
            var disks = words.Where(word => word.Value.Disk != default).ToDictionary(word => word.Key, word => word.Value.Disk);
            foreach (var (node, disk) in promised)
            {
                disks[node] = disk;
            }

            var edition = Agreement.Edition.First(topology, _setup.Self, _time.GetUtcNow(), $"The cluster was founded by {string.Join(", ", _seeds.Nodes.ToArray())}.");
            return Decree.First(_seeds, topology.Epoch.Lineage, AcceptorChoice.Choose([], Candidates(topology, disks)), edition.Encode());
        }
    }

    private async Task ReadAsync()
    {
        try
        {
            var what = $"{_setup.Self} goes on with disk {Acceptor.Name.Disk}.";
            var done = await AmendAsync(what, edition => edition.Tells(_setup.Self, what) ? TopologyVerdict.Settled.Instance : new TopologyVerdict.Next(edition.Topology), _stop);
            if (done is AmendmentNext.Done(var newest) && await Acceptor.TrustAsync())
            {
                _wake.Set();
                await SpreadAsync(newest);
            }
        }
        catch (OperationCanceledException)
        {
            // the node stops
        }
    }

    // All others have said what they have, and too few are left of those who could decide on something else: see above.
    private bool IsUndecidable(Current known, Dictionary<NodeId, RegisterWord> words)
    {
        var left = known.Decree.Acceptors.ToArray().Count(name => name == Acceptor.Name || (words.TryGetValue(name.Node, out var word) && word.Disk == name.Disk));
        return left < Instance.Majority(known.Decree.Acceptors.Length)
            && MembersOf(known.Edition.Topology).All(member => member == _setup.Self || (words.TryGetValue(member, out var word) && word.Disk != default && !IsNews(word.Newest)));
    }

    private string Away(Dictionary<NodeId, RegisterWord> words)
    {
        var away = _seeds.Nodes.ToArray().Where(seed => seed != _setup.Self && !words.ContainsKey(seed)).ToArray();
        return away.Length == 0 ? "no other member has it" : $"{string.Join(", ", away)} cannot be reached";
    }

    private static string Names(Decree decree) => string.Join(", ", decree.Acceptors.ToArray().Select(name => name.Node));

    private static NodeId[] MembersOf(Topology topology) => Array.ConvertAll(topology.Members.ToArray(), member => member.Id);
}
