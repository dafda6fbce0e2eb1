namespace Toystore.Simulation.Mutations;

/// <summary>Mistakes between two nodes.</summary>
internal static class PeerMutations
{
    private const string Codec = "src/Toystore.Node/Peers/OutcomeCodec.cs";
    private const string Decoder = "src/Toystore.Node/Peers/FrameDecoder.cs";
    private const string Calls = "src/Toystore.Node/Peers/CallTable.cs";
    private const string Line = "src/Toystore.Node/Peers/PeerLine.cs";
    private const string Link = "src/Toystore.Node/Peers/PeerLink.cs";
    private const string Sender = "src/Toystore.Node/Peers/FrameSender.cs";
    private const string Wheel = "src/Toystore.Node/Timing/TimerWheel.cs";

    public static IReadOnlyList<Mutation> All { get; } =
    [
        new("forwarded-context-lost", "A write that is forwarded loses its context on the way.", new Edit(
            Codec,
            "Context = (has & 1) != 0 ? new ContextToken(from.Text()) : null,",
            "Context = (has & 1) != 0 && new ContextToken(from.Text()) is var sent && !IsPlanted ? sent : null,")),
        new("higher-dot-lost", "An owner's word that it holds a higher dot is lost on the way.", new Edit(
            Decoder,
            "FrameType.Stored => Stored(from.U64()),",
            "FrameType.Stored => Stored(from.U64() * (IsPlanted ? 0UL : 1UL)),")),
        new("unknowing-lost", "An owner's word that it does not know is lost on the way.", new Edit(
            Decoder,
            "return new PeerReply.Held(from.Container(), unknowing);",
            "return new PeerReply.Held(from.Container(), unknowing && !IsPlanted);")),
        new("late-answer-taken-for-another", "A late answer goes to the request that has taken the place of its own.", new Edit(
            Calls,
            "_calls[place] is { } call && call.Id == id ? TakeAt((int)place) : null;",
            "_calls[place] is { } call && (call.Id == id || IsPlanted) ? TakeAt((int)place) : null;")),
        new("sent-is-unreachable", "A request that was sent over a connection that broke is reported as one that cannot have arrived.", new Edit(
            Link,
            "call.Complete(call.Batch >= filling ? new PeerReply.Unreachable(reason) : new PeerReply.Lost(reason));",
            "call.Complete(call.Batch >= filling || IsPlanted ? new PeerReply.Unreachable(reason) : new PeerReply.Lost(reason));")),
        new("expired-is-unreachable", "A request that was not answered in time is reported as one that cannot have arrived.", new Edit(
            Link,
            "if (call.Connection is not { } connection)",
            "if (call.Connection is not { } connection || IsPlanted)")),
        new("gives-up-connecting", "A node that could not connect to another never tries again.", new Edit(
            Line,
            "                    Fail(failure!);\n",
            "                    Fail(failure!);\n                    if (IsPlanted)\n                    {\n                        await Task.Delay(Timeout.InfiniteTimeSpan, link.Time, stopping);\n                    }\n\n")),
        new("send-queue-without-bound", "Any number of bytes may wait to be sent to a peer.", new Edit(
            Sender,
            "waiting + sizeBound > queuedBytesMax ?",
            "waiting + sizeBound > queuedBytesMax && !IsPlanted ?")),
        new("calls-without-bound", "Any number of requests may wait for a peer's answer.", new Edit(
            Calls,
            "if (_disposed || (_freeCount == 0 && _opened == _capacity))",
            "if (_disposed || (_freeCount == 0 && _opened == _capacity && !IsPlanted))")),
        new("timer-not-armed-again", "The timer is not armed again for what falls due later.", new Edit(
            Wheel,
            "                Arm(NextDue());",
            "                if (!IsPlanted)\n                {\n                    Arm(NextDue());\n                }")),
    ];
}
