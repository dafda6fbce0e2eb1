using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Toystore.Core;
using Toystore.Core.Membership;
using Toystore.Core.Placement;
using Toystore.Node.Peers;

namespace Toystore.Node.Membership;

/// <summary>
/// The keys of this node: on its disk, in letters with the other members, and for its gossip.
/// <para>
/// Where they come from: the configuration, until they are changed at run time; then the disk. A configured list that has changed since, and is not empty, counts again: so a list can still be changed node by node with restarts,
/// and a list that is taken away opens nothing. A node that was away takes the keys of a member that has changed them more often (<see cref="KeyRing.Revision"/>), as long as they still have one in common.
/// </para>
/// </summary>
internal sealed class KeyKeeper
{
    private static readonly TimeSpan BetweenComplaints = TimeSpan.FromMinutes(1);

    private readonly NodeId _self;
    private readonly Epoch _epoch;
    private readonly ClusterId _cluster;
    private readonly KeyRing _configured;
    private readonly MembershipRecords _records;
    private readonly IPeers _links;
    private readonly Action<Span<byte>> _fill;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    private readonly Lock _gate = new(); // guards all fields below, and what is done with the seal
    private PacketSeal _seal;
    private Task _lastTurn = Task.CompletedTask; // one change at a time
    private long _complainedAt;
    private bool _hasComplained;
    private bool _isReady;

    public KeyKeeper(MembershipSetup setup, MembershipRecords records, IPeers links, TimeProvider time, ILogger logger)
    {
        (_self, _epoch, _cluster) = (setup.Self, setup.Topology.Epoch, setup.Topology.ClusterId);
        (_configured, _records, _links, _fill, _time, _logger) = (setup.Keys, records, links, setup.FillNonce, time, logger);
        _seal = new PacketSeal(_cluster, _configured, _fill);
    }

    /// <summary>The keys now.</summary>
    public KeyRing Ring
    {
        get
        {
            lock (_gate)
            {
                return _seal.Keys;
            }
        }
    }

    /// <summary>Called when the keys have changed, with a seal of the gossip's own.</summary>
    public Action<PacketSeal> Changed { get; set; } = static _ => { };

    /// <summary>A seal of one's own with the keys of now.</summary>
    public PacketSeal NewSeal() => new(_cluster, Ring, _fill);

    /// <summary>Reads the disk.</summary>
    public async ValueTask BeginAsync(CancellationToken cancellationToken)
    {
        var (kept, configured) = await _records.ReadKeysAsync(cancellationToken);
        if (kept is not null && !_configured.Keys.IsEmpty && configured != FingerprintOf(_configured) && !_configured.Keys.SequenceEqual(kept.Keys))
        {
            _logger.KeysConfiguredAnew(_configured.ToString(), kept.ToString());
            kept = _configured with { Revision = kept.Revision };
        }

        lock (_gate)
        {
            _seal = kept is null ? _seal : new PacketSeal(_cluster, kept, _fill);
            _isReady = true;
        }
    }

    /// <summary>Answers a letter of another member.</summary>
    public async ValueTask<PeerReply> AnswerAsync(NodeId from, ReadOnlyMemory<byte> letter, CancellationToken cancellationToken)
    {
        PacketSeal seal;
        KeyOrder? order;
        int key;
        lock (_gate)
        {
            if (!_isReady)
            {
                return new PeerReply.Failed($"{_self} is about to start.");
            }

            seal = _seal;
            order = KeyOrder.Open(seal, letter.Span, out key);
            if (order is null || (key < 0 && !seal.Keys.TakesOpen))
            {
                return new PeerReply.KeyLetter(KeyAnswer.Of(KeyEnd.NotOpened, _self, default, seal.Keys).Seal(seal, -1));
            }
        }

        if (order.By != from || order.To != _self)
        {
            return new PeerReply.Failed($"{_self} got a letter about keys that was for {order.To}, from {order.By}.");
        }

        var answer = order.Step == KeyStep.Give && key < 0
            ? KeyAnswer.Of(KeyEnd.Refused, _self, order.Question, seal.Keys) with { Problem = "keys are given in sealed letters only." }
            : await DoAsync(order, cancellationToken);
        lock (_gate)
        {
            return new PeerReply.KeyLetter(answer.Seal(seal, key));
        }
    }

    /// <summary>Does what an order asks.</summary>
    public async ValueTask<KeyAnswer> DoAsync(KeyOrder order, CancellationToken cancellationToken)
    {
        if (order.Step is KeyStep.Tell or KeyStep.Give)
        {
            var known = Ring;
            return KeyAnswer.Of(KeyEnd.Done, _self, order.Question, known) with { Given = order.Step == KeyStep.Give && known.Revision > order.Expected ? known : null };
        }

        var turn = await TakeTurnAsync();
        try
        {
            var ring = Ring;
            var problem = ring.Step(order.Step, order.Key, order.Fingerprint, out var next);
            if (problem is null && !next.Equals(ring))
            {
                problem = ring.Revision != order.Expected
                    ? "its keys have changed meanwhile: somebody else is changing them. Run the same command again."
                    : await KeepAsync(next with { Revision = Math.Max(ring.Revision + 1, order.Revision) }, cancellationToken);
            }

            return KeyAnswer.Of(problem is null ? KeyEnd.Done : KeyEnd.Refused, _self, order.Question, Ring) with { Problem = problem ?? "" };
        }
        finally
        {
            turn.SetResult();
        }
    }

    /// <summary>Sends an order to another member, under each key of this node in turn until one is understood there.</summary>
    /// <returns>The answer; null if there is none, and then why, in words that come after "n1: ".</returns>
    public async ValueTask<(KeyAnswer? Answer, string Problem)> AskAsync(KeyOrder order, TimeSpan patience, CancellationToken cancellationToken)
    {
        PacketSeal seal;
        lock (_gate)
        {
            seal = _seal;
        }

        var ring = seal.Keys;
        var deadline = Deadline.After(patience, _time);
        KeyAnswer? notOpened = null;
        for (var i = 0; i < ring.Keys.Length + (ring.TakesOpen ? 1 : 0); i++)
        {
            var key = i < ring.Keys.Length ? i : -1;
            byte[] letter;
            lock (_gate)
            {
                letter = order.Seal(seal, key);
            }

            var request = new PeerRequest.KeyLetter(letter);
            var reply = await _links.CallAsync(order.To, _epoch, request, deadline, cancellationToken);
            if (reply is PeerReply.Lost && !deadline.HasPassed(_time))
            {
                // Of a connection from before its restart, say. What is ordered twice is done once.
                reply = await _links.CallAsync(order.To, _epoch, request, deadline, cancellationToken);
            }

            if (reply is not PeerReply.KeyLetter(var answered))
            {
                return (null, ProblemOf(reply));
            }

            KeyAnswer? answer;
            lock (_gate)
            {
                answer = KeyAnswer.Open(seal, answered.Span, order.Question, key);
            }

            if (answer is null)
            {
                return (null, "its answer cannot be read: another release, or somebody else answers at its address.");
            }

            if (answer.End != KeyEnd.NotOpened)
            {
                return answer.End == KeyEnd.Done ? (answer, "") : (answer, answer.Problem);
            }

            notOpened = answer;
        }

        return (notOpened, MissedOf(ring, notOpened!));
    }

    /// <summary>Takes the keys of a member that has changed them more often.</summary>
    /// <returns>Ends when that is done, or cannot be.</returns>
    public async ValueTask CatchUpAsync(NodeId with, TimeSpan patience, CancellationToken cancellationToken)
    {
        var ring = Ring;
        var order = new KeyOrder(ring.Keys.IsEmpty ? KeyStep.Tell : KeyStep.Give, _self, with, NewQuestion()) { Expected = ring.Revision };
        var (answer, problem) = await AskAsync(order, patience, cancellationToken);
        if (answer is { End: KeyEnd.NotOpened } && !answer.Keys.IsEmpty)
        {
            Complain(with, problem);
        }

        if (answer is not { End: KeyEnd.Done, Given: { } given })
        {
            return;
        }

        var turn = await TakeTurnAsync();
        try
        {
            if (given.Revision > Ring.Revision && await KeepAsync(given, cancellationToken) is null)
            {
                _logger.KeysCaughtUp(with);
            }
        }
        finally
        {
            turn.SetResult();
        }
    }

    /// <summary>Names a question.</summary>
    public Guid NewQuestion()
    {
        Span<byte> bytes = stackalloc byte[16];
        _fill(bytes);
        return new Guid(bytes);
    }

    // Whoever has it sets the result when it has ended.
    private async ValueTask<TaskCompletionSource> TakeTurnAsync()
    {
        var turn = new TaskCompletionSource();
        Task before;
        lock (_gate)
        {
            (before, _lastTurn) = (_lastTurn, turn.Task);
        }

        await before;
        return turn;
    }

    // The disk first: what a member has said that it has, it still has after a restart.
    private async ValueTask<string?> KeepAsync(KeyRing ring, CancellationToken cancellationToken)
    {
        if (!await _records.WriteKeysAsync(ring, FingerprintOf(_configured), cancellationToken))
        {
            return "its disk did not take the keys. When that is mended, run the same command again.";
        }

        lock (_gate)
        {
            _seal = new PacketSeal(_cluster, ring, _fill);
        }

        Changed(new PacketSeal(_cluster, ring, _fill));
        _logger.KeysChanged(ring.ToString(), ring.Seals ? "the first seals" : "none seals yet", ring.TakesOpen ? "open packets are taken" : "open packets are refused");
        return null;
    }

    private void Complain(NodeId with, string problem)
    {
        lock (_gate)
        {
            if (_hasComplained && _time.GetElapsedTime(_complainedAt) < BetweenComplaints)
            {
                return;
            }

            (_hasComplained, _complainedAt) = (true, _time.GetTimestamp());
        }

        _logger.KeysMissed(with, problem);
    }

    private static string MissedOf(KeyRing mine, KeyAnswer theirs) => theirs.Keys.IsEmpty
        ? $"it has no key, and here is {mine}: add the first one there as well."
        : $"it has {string.Join(", ", theirs.Keys)} and here is {mine}: none is the same. Who has missed the change gets the key in use with 'toystore keys add', on its own machine.";

    private static string ProblemOf(PeerReply reply) => reply switch
    {
        PeerReply.Unreachable(var detail) => detail,
        PeerReply.Lost(var detail) => detail,
        PeerReply.Failed(var detail) => detail,
        PeerReply.Overloaded => "it is overloaded.",
        _ => $"it answered {reply.GetType().Name}.",
    };

    // Of the list in the configuration; as little a secret as the fingerprints in it.
    private static ulong FingerprintOf(KeyRing configured) =>
        BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData([.. configured.Keys.SelectMany(key => System.Text.Encoding.ASCII.GetBytes(key.Fingerprint))]));
}
