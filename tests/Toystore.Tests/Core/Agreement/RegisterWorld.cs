using System.Buffers;
using System.Buffers.Binary;
using Toystore.Core;
using Toystore.Core.Agreement;
using Toystore.Tests.Healing.Model;

namespace Toystore.Tests.Core.Agreement;

/// <summary>
/// A small cluster that decides on one decree after the other while everything goes wrong: messages are lost, doubled, late and out of order, nodes crash before and after they write, disks are emptied and roll back, partitions come and go, several
/// nodes propose at once, and each decree names other acceptors. What decides is the real code, through its real bytes. The same seed gives the same run.
/// </summary>
internal sealed partial class RegisterWorld
{
    private const int MessagesMax = 200;

    private readonly RegisterLedger _ledger = new();
    private readonly List<RegisterNode> _nodes = [];
    private readonly List<(NodeId From, NodeId To, byte[] Bytes, bool IsReply)> _messages = [];
    private readonly HashSet<(ulong Origin, ulong Token)> _done = [];
    private readonly Wrong _wrong;
    private readonly Action<string>? _trace;
    private readonly RegisterOutcome _outcome = new();
    private readonly int _losses;
    private Chance _chance;
    private ulong _tokens;
    private ulong _disks;
    private ulong _lineages;
    private bool _isCalm;

    private RegisterWorld(ulong seed, Wrong wrong, Action<string>? trace)
    {
        (_chance, _wrong, _trace) = (new Chance(seed), wrong, trace);
        _losses = _chance.Below(12);
        var count = 3 + _chance.Below(5);
        var ids = Enumerable.Range(1, count).Select(id => new NodeId((ulong)id)).ToList();
        var one = new SeedList(ids.Take(1 + _chance.Below(Math.Min(5, count))));
        var two = _chance.In(10) && count - one.Nodes.Length > 0 ? new SeedList(ids.Skip(one.Nodes.Length - _chance.Below(one.Nodes.Length))) : null;
        foreach (var id in ids)
        {
            var seeds = one.Contains(id) && (two is null || !two.Contains(id) || _chance.In(50)) ? one : two is not null && two.Contains(id) ? two : null;
            var node = new RegisterNode(id, seeds);
            _nodes.Add(node);
            Start(node);
        }

        _ledger.Seeds(one);
        if (two is not null)
        {
            _ledger.Seeds(two);
        }
    }

    public static RegisterOutcome Run(ulong seed, Wrong wrong = Wrong.Nothing, Action<string>? trace = null)
    {
        var world = new RegisterWorld(seed, wrong, trace);
        for (var steps = 200 + world._chance.Below(300); steps > 0 && world._ledger.Violation is null; steps--)
        {
            world.Step();
        }

        world._outcome.InFaults = world._ledger.Chosen;
        world.Calm();
        world._outcome.Violation = world._ledger.Violation;
        world._outcome.Chosen = world._ledger.Chosen;
        return world._outcome;
    }

    private void Step()
    {
        var node = _nodes[_chance.Below(_nodes.Count)];
        switch (_chance.Below(100))
        {
            case < 76:
                DeliverAny();
                break;
            case < 82 when node is { IsUp: true, Work: null }:
                Propose(node);
                break;
            case < 86 when node is { IsUp: true, Work: not null }:
                GoOn(node);
                break;
            case < 89 when node.IsUp:
                Send(node.Id, _nodes[_chance.Below(_nodes.Count)].Id, RegisterRequest.Ask.Instance);
                break;
            case < 91 when node.IsUp:
                Crash(node);
                break;
            case < 97 when !node.IsUp:
                Start(node);
                break;
            case < 99 when MayLoseItsDisk(node):
                LoseDisk(node);
                break;
            case 99:
                var sides = 1 + _chance.Below(2);
                _nodes.ForEach(each => each.Side = _chance.Below(sides));
                break;
        }
    }

    private void DeliverAny()
    {
        if (_messages.Count == 0)
        {
            return;
        }

        var at = _chance.In(40) ? 0 : _chance.Below(_messages.Count);
        var message = _messages[at];
        if (!_chance.In(10))
        {
            _messages.RemoveAt(at);
        }

        if (!_chance.In(_losses))
        {
            Deliver(message.From, message.To, message.Bytes, message.IsReply);
        }
    }

    private void Deliver(NodeId from, NodeId to, byte[] bytes, bool isReply)
    {
        var node = Node(to);
        if (!node.IsUp || node.Side != Node(from).Side)
        {
            return;
        }

        if (isReply)
        {
            Hear(node, RegisterCodec.ReadReply(bytes)!);
        }
        else
        {
            Answer(node, from, RegisterCodec.ReadRequest(bytes)!);
        }
    }

    private void Answer(RegisterNode node, NodeId from, RegisterRequest request)
    {
        var (reply, next) = Handle(node, request);
        if (next is not null)
        {
            var isWritten = !(_wrong == Wrong.PromiseNotOnDisk && request is RegisterRequest.Prepare) && !(_wrong == Wrong.VoteNotOnDisk && request is RegisterRequest.Accept);
            if (!_isCalm && isWritten && _chance.In(3))
            {
                Crash(node);
                return;
            }

            var before = node.Memory!;
            node.Memory = next;
            if (next.Vote is { } vote && vote != before.Vote)
            {
                _ledger.Voted(new AcceptorName(node.Id, next.Disk), vote, ((RegisterRequest.Accept)request).Instance);
            }

            if (next.Newest is { } newest && newest != before.Newest)
            {
                _ledger.Learned(new AcceptorName(node.Id, next.Disk), newest);
                if (before.Newest is null && newest.Origin != node.Seeds?.Fingerprint)
                {
                    // Those whom it has heard are not of the cluster that it has joined.
                    node.Heard.Clear();
                }
            }

            if (isWritten)
            {
                Write(node, next);
            }

            if (!_isCalm && _chance.In(3))
            {
                Crash(node);
                return;
            }
        }

        Say($"{from} asks {node.Id} {request}: {reply}");
        _ledger.Answered(reply);
        Send(node.Id, from, reply);
        if (reply is RegisterReply.Overtaken(_, var overtaken) && next is null && node.Work is { } work)
        {
            Follow(node, work.Learned(overtaken));
        }
        else if (next?.Newest is { } learned && node.Work is { } waiting)
        {
            Follow(node, waiting.Learned(learned));
        }
    }

    private AcceptorAnswer Handle(RegisterNode node, RegisterRequest request)
    {
        var state = node.Memory!;
        // Whoever is asked believes that the newest decree names it.
        return _wrong == Wrong.NewAcceptorsDecide && state.Newest is { } newest && !newest.Names(node.Acceptor.NameOf(state))
            ? HandleAsNamed(node, state, newest, request)
            : node.Acceptor.Handle(state, request);
    }

    private void Hear(RegisterNode node, RegisterReply reply)
    {
        var newest = node.Memory!.Newest;
        switch (reply)
        {
            case RegisterReply.Overtaken(_, var decree):
                Answer(node, node.Id, new RegisterRequest.Learn(decree));
                break;
            case RegisterReply.Known(_, { } decree):
                Answer(node, node.Id, new RegisterRequest.Learn(decree));
                break;
        }

        if (!node.IsUp)
        {
            return;
        }

        var isOfThisCluster = reply switch
        {
            RegisterReply.Promised(_, var instance, _, _) => newest is null || instance.After.Lineage == newest.Epoch.Lineage,
            RegisterReply.Learned(_, var epoch) => epoch.Lineage == newest?.Epoch.Lineage,
            RegisterReply.Known(_, { } known) => known.Origin == newest?.Origin,
            _ => false,
        };
        if (isOfThisCluster)
        {
            node.Heard[reply.Name.Node] = reply.Name.Disk;
        }

        if (node.Work is not { } work)
        {
            return;
        }

        reply = Returned(node, reply);
        Follow(node, work.Heard(_wrong == Wrong.OwnDecreeAnyway && reply is RegisterReply.Promised promised ? promised with { Vote = null } : reply));
        if (_wrong == Wrong.MajorityTooSmall && node.Work == work && reply is RegisterReply.Promised or RegisterReply.Accepted)
        {
            var instance = reply is RegisterReply.Promised first ? first.Instance : ((RegisterReply.Accepted)reply).Instance;
            var others = _ledger.AcceptorsOf(instance).ToArray();
            if (!instance.IsFounding && others.Length > 1)
            {
                Follow(node, work.Heard(reply with { Name = others.First(name => name.Node != reply.Name.Node) }));
            }
        }
    }

    private void Propose(RegisterNode node)
    {
        var random = new Random((int)_chance.Next());
        if (node.Memory!.Newest is { } newest)
        {
            node.Token = ++_tokens;
            node.Work = new Amendment(node.Id, newest, decree => Change(node, decree), random);
        }
        else if (node is { Seeds: { } seeds, IsNoSeed: false })
        {
            var lineage = ++_lineages;
            node.Token = 0;
            node.Work = new Amendment(node.Id, seeds, names => Decree.First(seeds, lineage, AcceptorChoice.Choose([], names.Select(name => new Candidate(name.Node, Zone(name.Node), name.Disk))), Array.Empty<byte>()), random);
        }
        else
        {
            return;
        }

        Follow(node, node.Work.Begin());
    }

    private Verdict Change(RegisterNode node, Decree newest)
    {
        if (Tokens(newest).Contains(node.Token))
        {
            return Verdict.Settled.Instance;
        }

        if (_chance.In(5) && !_isCalm)
        {
            return new Verdict.Refuse("not today");
        }

        node.Heard[node.Id] = node.Memory!.Disk;
        var members = node.Heard.Where(heard => _isCalm || heard.Key == node.Id || _chance.In(75)).Select(heard => new Candidate(heard.Key, Zone(heard.Key), heard.Value)).ToList();
        var value = new byte[newest.Value.Length + sizeof(ulong)];
        newest.Value.CopyTo(value);
        BinaryPrimitives.WriteUInt64LittleEndian(value.AsSpan(newest.Value.Length), node.Token);
        var next = newest.Next(AcceptorChoice.Choose(newest.Acceptors, members), value);
        Redirect(node, newest, next);
        return new Verdict.Propose(next);
    }

    private void Follow(RegisterNode node, AmendmentStep step)
    {
        foreach (var (to, request) in step.Messages.Select(message => Redirected(node, message)))
        {
            Send(node.Id, to, request);
            if (_wrong == Wrong.ToldBeforeChosen && request is RegisterRequest.Accept accept)
            {
                Send(node.Id, to, new RegisterRequest.Learn(accept.Decree));
            }
        }

        switch (step.Next)
        {
            case AmendmentNext.Answers:
                node.IsPausing = false;
                PretendTold(node, step);
                break;
            case AmendmentNext.Pause(var length, _):
                _ledger.Require(length > TimeSpan.Zero && length <= Amendment.PauseMax, "a pause has a length");
                node.IsPausing = true;
                break;
            case AmendmentNext.Done(var newest):
                Say($"{node.Id} has got {node.Token} into {newest}");
                var times = Tokens(newest).Count(token => token == node.Token);
                _ledger.Require(node.Token == 0 || times == 1, $"{node.Token} is done, and {times} times in {newest}");
                _ledger.Require(_ledger.HasBeenLearned(newest), $"{node.Id} says that {newest} holds before its own acceptors know");
                _done.Add((newest.Origin, node.Token));
                _outcome.Done++;
                node.Work = null;
                break;
            case AmendmentNext.Refused:
                node.Work = null;
                break;
        }
    }

    private void GoOn(RegisterNode node) =>
        Follow(node, node.IsPausing ? node.Work!.Rested() : _chance.In(60) ? node.Work!.Again() : node.Work!.TooLong());

    private void Send(NodeId from, NodeId to, RegisterRequest request)
    {
        var buffer = new ArrayBufferWriter<byte>();
        RegisterCodec.Write(request, buffer);
        Send(from, to, buffer.WrittenSpan.ToArray(), false);
    }

    private void Send(NodeId from, NodeId to, RegisterReply reply)
    {
        var buffer = new ArrayBufferWriter<byte>();
        RegisterCodec.Write(reply, buffer);
        Send(from, to, buffer.WrittenSpan.ToArray(), true);
    }

    private void Send(NodeId from, NodeId to, byte[] bytes, bool isReply)
    {
        if (_messages.Count >= MessagesMax && !_isCalm)
        {
            _messages.RemoveAt(_chance.Below(_messages.Count));
        }

        _messages.Add((from, to, bytes, isReply));
    }

    private RegisterNode Node(NodeId id) => _nodes[(int)id.Value - 1];

    private void Say(string line) => _trace?.Invoke(line);

    private static string Zone(NodeId node) => node.Value % 3 == 0 ? "b" : "a";

    private static IEnumerable<ulong> Tokens(Decree decree) => Enumerable.Range(0, decree.Value.Length / sizeof(ulong)).Select(i => BinaryPrimitives.ReadUInt64LittleEndian(decree.Value.Span[(i * sizeof(ulong))..]));
}

/// <summary>What came of a run.</summary>
internal sealed class RegisterOutcome
{
    public string? Violation { get; set; }

    /// <summary>Decrees chosen.</summary>
    public int Chosen { get; set; }

    /// <summary>Those of them that were chosen while everything went wrong.</summary>
    public int InFaults { get; set; }

    /// <summary>Amendments that were done.</summary>
    public int Done { get; set; }

    /// <summary>Disks emptied or rolled back.</summary>
    public int DisksLost { get; set; }

    /// <summary>Lineages that had to be forced.</summary>
    public int Forced { get; set; }
}
