using Microsoft.Extensions.Logging;
using Toystore.Core.Agreement;
using Toystore.Core.Placement;
using Toystore.Node.Peers;
using Toystore.Storage;

namespace Toystore.Node.Agreement;

/// <summary>
/// Knows the topology: founds the cluster with the other seeds, keeps the newest decree on this node's disk before anything is done under it, learns what others have, and tells them what it has first.
/// </summary>
/// <remarks>
/// From the disk alone, where that is in order: a restart waits for nobody. A disk that is new, or may have forgotten what it knew, must read the register first (docs/decisions/0011, 3). It does so by a decree that says on which disk it goes
/// on: once that is chosen there can be no other before it that this node does not know. If it was an acceptor, the same decree names it by its new disk.
/// <para>
/// The way out, where so many acceptors have lost their disks that nothing can be decided any more: all other members have told the newest decree that they have, and no majority is left that could have decided on a later one. Then the newest of
/// these holds; for anything else an operator has to force the register.
/// </para>
/// </remarks>
internal sealed partial class TopologyKeeper : IAsyncDisposable
{
    private const int WaitsInSilence = 5;

    private readonly ToystoreSetup _setup;
    private readonly SeedList _seeds;
    private readonly IPeerNetwork _network;
    private readonly TopologyTiming _timing;
    private readonly NodeRandom _random;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly StoreLoss? _loss;
    private readonly RegisterCalls _calls;
    private readonly RegisterRun _run;
    private readonly Signal _wake = new();
    private readonly TaskCompletionSource<Topology> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationToken _stop;
    private volatile Current? _current;
    private volatile Current? _read;
    private volatile string? _problem = "The node is starting.";
    private Task _loop = Task.CompletedTask;
    private int _waits;
    private string? _said;

    public TopologyKeeper(ToystoreSetup setup, IStore store, IPeerNetwork network, TopologyTiming timing, StoreLoss? loss, NodeRandom random, TimeProvider time, ILogger logger)
    {
        (_setup, _seeds, _network, _timing, _loss, _random, _time, _logger) = (setup, setup.Seeds, network, timing, loss, random, time, logger);
        _stop = _stopping.Token;
        Acceptor = new HostedAcceptor(setup.Self, _seeds, store, random, time, logger) { Understands = decree => EditionOf(decree) is not null };
        Acceptor.Learned += Take;
        _calls = new RegisterCalls(setup.Self, Acceptor, network.Peers, () => Epoch, time);
        _run = new RegisterRun(_calls, time, logger);

        // Under no epoch before there is one: whoever was founded with something else can still be heard.
        network.Follow(PeerDirectory.Of(setup.Topology) with { Epoch = default, Fingerprint = 0 });
    }

    /// <summary>This node's part in deciding.</summary>
    public HostedAcceptor Acceptor { get; }

    /// <summary>The newest decree that it knows; null if none.</summary>
    public Decree? Newest => _current?.Decree;

    /// <summary>What that says; null if there is none.</summary>
    public Edition? Edition => _current?.Edition;

    /// <summary>Of the newest decree; 0 of lineage 0 for none.</summary>
    public Epoch Epoch => _current?.Decree.Epoch ?? default;

    /// <summary>Ends when there is a topology that this node may go by, with that.</summary>
    public Task<Topology> First => _first.Task;

    /// <summary>Why there is none yet, in a sentence; null if there is.</summary>
    public string? Problem => _problem;

    /// <summary>There is a newer topology, on the disk already. Raised in order.</summary>
    public event Action<Topology>? Changed;

    /// <summary>Begins. The network must listen, and hand over what <see cref="TryAnswer"/> is for.</summary>
    public void Start() => _loop = WorkAsync();

    /// <summary>This node's disk may be an older copy of itself, or an empty one in the place of another. False if the disk did not take note of that.</summary>
    public async ValueTask<bool> DoubtAsync(string why)
    {
        var isNoted = await Acceptor.DoubtAsync(why);
        _wake.Set();
        return isNoted;
    }

    /// <summary>Ends what is under way.</summary>
    public async ValueTask DisposeAsync()
    {
        _stopping.Cancel();
        _wake.Set();
        await _loop;
        await _underway;
        _first.TrySetCanceled(_stop);
        _stopping.Dispose();
    }

    /// <summary>Answers what another node asks of the register; false if that is for somebody else.</summary>
    public bool TryAnswer(in PeerCall call, out ValueTask<PeerReply> reply)
    {
        switch (call.Request)
        {
            case PeerRequest.Register(var message):
                reply = AnswerAsync(message);
                return true;
            case PeerRequest.AskTopology(var mine):
                HeardOf(call.From, mine);
                reply = new(new PeerReply.Topology(Epoch, Acceptor.Name.Disk, _setup.Topology.Fingerprint));
                return true;
            case PeerRequest.ExchangeMembers or PeerRequest.Probe or PeerRequest.KeyLetter:
                break; // membership says elsewhere which topology its node has
            default:
                if (call.Epoch != Epoch)
                {
                    HeardOf(call.From, call.Epoch);
                }

                break;
        }

        reply = default;
        return false;
    }

    private async ValueTask<PeerReply> AnswerAsync(ReadOnlyMemory<byte> message)
    {
        if (RegisterCodec.ReadRequest(message.Span) is not { } request)
        {
            return new PeerReply.Failed("That makes no sense to the register.");
        }

        if (await Acceptor.AnswerAsync(request) is not { } reply)
        {
            return new PeerReply.Failed($"The acceptor of {_setup.Self} cannot answer now.");
        }

        var answer = new System.Buffers.ArrayBufferWriter<byte>(256);
        RegisterCodec.Write(reply, answer);
        return new PeerReply.Register(answer.WrittenMemory);
    }

    private async Task WorkAsync()
    {
        await Task.Yield();
        try
        {
            await Acceptor.LoadAsync(_loss?.Why, _stop);
            if (_current is not null)
            {
                Compare();
            }

            while (true)
            {
                var isReady = _current is not null && !Acceptor.MustRead;
                if (isReady && !_first.Task.IsCompleted)
                {
                    Begin();
                }

                await RestAsync(isReady ? await GossipAsync() : await FindAsync());
                _stop.ThrowIfCancellationRequested();
            }
        }
        catch (Exception end) when (end is OperationCanceledException or ObjectDisposedException)
        {
            // the node stops
        }
    }

    private void Begin()
    {
        var topology = _current!.Edition.Topology;
        if (!topology.Members.ToArray().Any(member => member.Id == _setup.Self))
        {
            Say($"{_setup.Self} is no member of the cluster any more (epoch {topology.Epoch}).");
            return;
        }

        _problem = null;
        _first.TrySetResult(topology);
    }

    private async ValueTask RestAsync(TimeSpan pause)
    {
        if (pause > TimeSpan.Zero)
        {
            using var timer = _time.CreateTimer(static wake => ((Signal)wake!).Set(), _wake, pause, Timeout.InfiniteTimeSpan);
            await _wake.WaitAsync();
        }
    }

    private void Take(Decree decree)
    {
        if (EditionOf(decree) is not { } edition)
        {
            _logger.NotUnderstood(decree.Epoch);
            return;
        }

        var isNews = _current is not null;
        _current = new Current(decree, edition);
        _network.Follow(PeerDirectory.Of(edition.Topology, _setup.Topology));
        _run.Learned(decree);
        if (isNews || _first.Task.IsCompleted)
        {
            _logger.Learned(decree.Epoch, edition.Notes.Count > 0 ? edition.Notes[^1].What : "");
        }

        if (_first.Task.IsCompleted)
        {
            Changed?.Invoke(edition.Topology);
        }

        _wake.Set();
    }

    // What is asked of every decree several times is worked out once.
    private Edition? EditionOf(Decree decree)
    {
        if (_current is { } current && current.Decree.Equals(decree))
        {
            return current.Edition;
        }

        if (_read is { } read && read.Decree.Equals(decree))
        {
            return read.Edition;
        }

        if (Agreement.Edition.Of(decree, _setup.Topology, _setup.Document.Value) is not { } edition || edition.Topology.ClusterId != _setup.Topology.ClusterId)
        {
            return null;
        }

        _read = new Current(decree, edition);
        return edition;
    }

    private void Say(string problem)
    {
        // What is over in a moment, as when all members start together, is nothing to warn of.
        _problem = problem;
        if (++_waits > WaitsInSilence && _said != problem)
        {
            _said = problem;
            _logger.Waits(problem);
        }
    }

    // Who changes them and expects something of it should hear that nothing comes of it yet.
    private void Compare()
    {
        if (_setup.Topology.Fingerprint != _current!.Edition.Options && OptionsDifference.Of(_setup.Topology, _current!.Edition.Topology) is { Count: > 0 } differences)
        {
            _logger.OptionsDiffer(_current.Decree.Epoch, string.Join(" ", differences));
        }
    }

    private sealed record Current(Decree Decree, Edition Edition);
}
