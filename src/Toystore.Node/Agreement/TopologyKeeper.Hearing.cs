using Toystore.Core;
using Toystore.Core.Agreement;
using Toystore.Core.Placement;

namespace Toystore.Node.Agreement;

// What others have, and this node has not.
internal sealed partial class TopologyKeeper
{
    private int _fetching;
    private ulong _strange;

    /// <summary>Another node has a decree of this epoch. If that is news here, it is asked for it.</summary>
    public void HeardOf(NodeId node, Epoch epoch)
    {
        if (epoch == default || epoch == Epoch)
        {
            return;
        }

        if (_current is { } current && current.Decree.Epoch.Lineage != epoch.Lineage)
        {
            if (Interlocked.Exchange(ref _strange, epoch.Lineage) != epoch.Lineage)
            {
                _logger.OtherLineage(node, epoch, current.Decree.Epoch);
            }
        }
        else if (IsNews(epoch) && Interlocked.CompareExchange(ref _fetching, 1, 0) == 0)
        {
            _ = FetchOnceAsync(node);
        }
    }

    /// <summary>What all members have, this node among them; who does not answer soon is not there. Those of the options, before there is a topology.</summary>
    public async Task<Dictionary<NodeId, RegisterWord>> HearAsync(CancellationToken cancellationToken)
    {
        var words = await _calls.WordsAsync(MembersOf(_current?.Edition.Topology ?? _setup.Topology), cancellationToken);
        words[_setup.Self] = new RegisterWord(Epoch, Acceptor.Name.Disk, _setup.Topology.Fingerprint);
        return words;
    }

    private async Task FetchOnceAsync(NodeId node)
    {
        await Task.Yield();
        try
        {
            await FetchAsync(node);
        }
        finally
        {
            Volatile.Write(ref _fetching, 0);
        }
    }

    private async Task FetchAsync(NodeId node)
    {
        if (await _calls.AskAsync(node, RegisterRequest.Ask.Instance, _stop) is RegisterReply.Known(_, { } decree)
            && await Acceptor.AnswerAsync(new RegisterRequest.Learn(decree)) is RegisterReply.Refused { Reason: Refusal.OtherSeeds })
        {
            var differences = EditionOf(decree) is { } edition ? OptionsDifference.Of(_setup.Topology, edition.Topology) : [];
            Say($"{node} belongs to a cluster that was founded with other options than those of {_setup.Self}. {string.Join(" ", differences)} Start it with the options that the others were founded with.");
        }
    }

    // Gives how long to wait for the next one.
    private async Task<TimeSpan> GossipAsync()
    {
        var (decree, edition) = (_current!.Decree, _current.Edition);
        var others = MembersOf(edition.Topology).Where(member => member != _setup.Self).ToArray();
        if (others.Length > 0)
        {
            var other = others[_random.Below(others.Length)];
            if (await _calls.WordAsync(other, _stop) is { } word)
            {
                HeardOf(other, word.Newest);
                if (IsEarlier(word.Newest, decree.Epoch))
                {
                    await _calls.AskAsync(other, new RegisterRequest.Learn(decree), _stop);
                }
            }
        }

        await PutOptionsInForceAsync();
        return _timing.BetweenGossips * (0.5 + (_random.Below(1024) / 2048.0));
    }

    // What all members were started with, and is not what they were started with before, is in force from then on, as far as that moves nothing. The first of them sees to it.
    private async Task PutOptionsInForceAsync()
    {
        var (options, edition) = (_setup.Topology, _current!.Edition);
        if (options.Fingerprint == edition.Options || !PlacementComparison.AreAlike(options, edition.Topology) || edition.Topology.Members[0].Id != _setup.Self || !_underway.IsCompleted)
        {
            return;
        }

        var words = await HearAsync(_stop);
        if (MembersOf(edition.Topology).All(member => words.TryGetValue(member, out var word) && word.Options == options.Fingerprint))
        {
            _underway = PutInForceAsync();
        }

        async Task PutInForceAsync()
        {
            try
            {
                var what = $"Options that all members have. {string.Join(" ", OptionsDifference.Of(edition.Topology, options, "before", "now"))}";
                await ChangeAsync(
                    what,
                    newest => newest.Options == options.Fingerprint || !PlacementComparison.AreAlike(options, newest.Topology) ? TopologyVerdict.Settled.Instance : new TopologyVerdict.Next(newest.Topology.WithSettingsOf(options)) { Options = options.Fingerprint },
                    _stop);
            }
            catch (OperationCanceledException)
            {
                // the node stops
            }
        }
    }

    // Of a later decree, as far as that can be told.
    private bool IsNews(Epoch epoch) => epoch != default && (_current is not { } current || IsEarlier(current.Decree.Epoch, epoch));

    private static bool IsEarlier(Epoch one, Epoch other) => one.Lineage == other.Lineage && one.Number < other.Number;
}
