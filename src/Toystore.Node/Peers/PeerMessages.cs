using Toystore.Core;
using Toystore.Core.Agreement;
using Toystore.Core.Placement;
using Toystore.Core.Versions;
using Toystore.Storage;

namespace Toystore.Node.Peers;

/// <summary>What one node asks of another.</summary>
internal abstract record PeerRequest
{
    private PeerRequest()
    {
    }

    /// <summary>What do you hold of this key? Answered by <see cref="PeerReply.Held"/>.</summary>
    public sealed record ReadContainer(Key Key) : PeerRequest;

    /// <summary>The digest of what you hold of this key? Answered by <see cref="PeerReply.HeldDigest"/>.</summary>
    public sealed record ReadDigest(Key Key) : PeerRequest;

    /// <summary>
    /// Merge this into what you hold. Answered by <see cref="PeerReply.Stored"/> or <see cref="PeerReply.Refused"/>. <paramref name="TellHigher"/>: say which higher dot the container does not cover
    /// (last-write-wins). <paramref name="Completes"/>: the container was merged from so many owners that an owner who did not know the key knows it again.
    /// </summary>
    public sealed record Store(Key Key, Container Container, Durability Durability, bool TellHigher, bool Completes) : PeerRequest
    {
        /// <summary>The owner for whom it is to be kept, by a member that is no owner itself; nobody: it is for the receiver's own copy.</summary>
        public NodeId For { get; init; }

        /// <summary>True if it is kept in the place of that owner, and so counts towards W.</summary>
        public bool Counts { get; init; }

        /// <summary>The dot of the new write that it brings, if it does; none for a copy of what is there already.</summary>
        public Dot Newest { get; init; }

        /// <summary>The receiver's stamp, as its sender knew it before it read what is sent; 0 if it did not.</summary>
        public ulong Stamp { get; init; }
    }

    /// <summary>What do you keep of this key for others? Answered by <see cref="PeerReply.Held"/>, which says nothing if it holds nothing.</summary>
    public sealed record ReadKept(Key Key) : PeerRequest;

    /// <summary>
    /// I have so many hints for you, of so many bytes together: when may I send them? My clients leave background work <paramref name="Share"/> 64ths of its pace (64: all). Answered by <see cref="PeerReply.Room"/>.
    /// </summary>
    public sealed record AskRoom(int Hints, long Bytes, byte Share) : PeerRequest;

    /// <summary>Coordinate this read for a client of mine. Answered by <see cref="PeerReply.Read"/>.</summary>
    public sealed record CoordinateRead(Key Key, ReadOptions Options) : PeerRequest;

    /// <summary>Coordinate this write (a delete if there is no value) for a client of mine. Answered by <see cref="PeerReply.Written"/>.</summary>
    public sealed record CoordinateWrite(Key Key, Value? Value, WriteOptions Options) : PeerRequest;

    /// <summary>
    /// The keys with this prefix that you hold, from right after <paramref name="After"/> in slot <paramref name="First"/> (its beginning if null) on. Answered by <see cref="PeerReply.Keys"/>.
    /// </summary>
    public sealed record ScanKeys(ReadOnlyMemory<byte> Prefix, Slot First, Key? After, int Limit) : PeerRequest;

    /// <summary>How are you? Answered by <see cref="PeerReply.Status"/>.</summary>
    public sealed record HowAreYou : PeerRequest
    {
        /// <summary>There is only one.</summary>
        public static readonly HowAreYou Instance = new();
    }

    /// <summary>Are you there? Answered by <see cref="PeerReply.Here"/>, by nothing but the membership of the node that was meant.</summary>
    public sealed record Probe : PeerRequest
    {
        /// <summary>There is only one.</summary>
        public static readonly Probe Instance = new();
    }

    /// <summary>Whom I know: take that in, and tell me whom you know. Bytes that only membership understands. Answered by <see cref="PeerReply.Members"/>.</summary>
    public sealed record ExchangeMembers(ReadOnlyMemory<byte> Table) : PeerRequest;

    /// <summary>About the keys of the cluster: a <see cref="Core.Membership.KeyOrder"/>, sealed. Answered by <see cref="PeerReply.KeyLetter"/>.</summary>
    public sealed record KeyLetter(ReadOnlyMemory<byte> Letter) : PeerRequest;

    /// <summary>About floors and what owners lack: a <see cref="Core.Healing.RoundsRequest"/>. Answered by <see cref="PeerReply.Rounds"/>.</summary>
    public sealed record Rounds(ReadOnlyMemory<byte> Message) : PeerRequest;

    /// <summary>How do your repairs go; of one slot if one is named? <paramref name="Begins"/>: and compare with all the others now. Answered by <see cref="PeerReply.Repair"/>, at once.</summary>
    public sealed record Repair(bool Begins, Slot? Slot) : PeerRequest;

    /// <summary>To your acceptor: a <see cref="RegisterRequest"/>. Answered by <see cref="PeerReply.Register"/>, whatever topology either side has.</summary>
    public sealed record Register(ReadOnlyMemory<byte> Message) : PeerRequest;

    /// <summary>I have the topology of this epoch (0 of lineage 0: none): which have you? Answered by <see cref="PeerReply.Topology"/>.</summary>
    public sealed record AskTopology(Epoch Mine) : PeerRequest;
}

/// <summary>What came of a request to another node.</summary>
internal abstract record PeerReply
{
    private PeerReply()
    {
    }

    /// <summary>What the owner holds. <paramref name="Unknowing"/>: its disk may have lost some of it.</summary>
    public sealed record Held(Container Container, bool Unknowing) : PeerReply;

    /// <summary>The digest of what the owner holds.</summary>
    public sealed record HeldDigest(ulong Digest, bool Unknowing) : PeerReply;

    /// <summary>Merged and kept, as durably as was asked. <paramref name="Higher"/>: the highest live reading that the container did not cover, 0 if none or not asked.</summary>
    public sealed record Stored(HybridTime Higher) : PeerReply;

    /// <summary>Not stored, for a reason of the owner's own (<see cref="StoreWrite"/> other than Done). <see cref="StoreWrite.Failed"/> means that it may be stored after all.</summary>
    public sealed record Refused(StoreWrite Reason, string Detail) : PeerReply;

    /// <summary>How the coordinated read ended.</summary>
    public sealed record Read(ReadOutcome Outcome) : PeerReply;

    /// <summary>How the coordinated write ended.</summary>
    public sealed record Written(WriteOutcome Outcome) : PeerReply;

    /// <summary>Keys in store order, each with its container without the values' bytes; everything up to <paramref name="Covered"/> is there, or everything, if that is null.</summary>
    public sealed record Keys(IReadOnlyList<HeldKey> Page, ScanPosition? Covered) : PeerReply;

    /// <summary>What the node says of itself.</summary>
    public sealed record Status(NodeStatus Node) : PeerReply;

    /// <summary>I am.</summary>
    public sealed record Here : PeerReply
    {
        /// <summary>There is only one.</summary>
        public static readonly Here Instance = new();
    }

    /// <summary>Send what you asked for, after <paramref name="Wait"/>; or, if it is not <paramref name="Granted"/>, ask again then.</summary>
    public sealed record Room(bool Granted, TimeSpan Wait) : PeerReply;

    /// <summary>Whom I know.</summary>
    public sealed record Members(ReadOnlyMemory<byte> Table) : PeerReply;

    /// <summary>About the keys of the cluster: a <see cref="Core.Membership.KeyAnswer"/>, sealed.</summary>
    public sealed record KeyLetter(ReadOnlyMemory<byte> Letter) : PeerReply;

    /// <summary>About floors and what owners lack: a <see cref="Core.Healing.RoundsAnswer"/>.</summary>
    public sealed record Rounds(ReadOnlyMemory<byte> Message) : PeerReply;

    /// <summary>How the node's repairs go.</summary>
    public sealed record Repair(NodeRepair Node) : PeerReply;

    /// <summary>From the acceptor: a <see cref="RegisterReply"/>.</summary>
    public sealed record Register(ReadOnlyMemory<byte> Message) : PeerReply;

    /// <summary>The newest topology that it has (0 of lineage 0: none), and which disk; 0 if it does not know that yet. <paramref name="Options"/>: the fingerprint of what its options would found.</summary>
    public sealed record Topology(Epoch Newest, DiskId Disk, ulong Options) : PeerReply;

    /// <summary>Not stored: the new write's dot is not above <paramref name="Mark"/>. Adopt that, and mint again.</summary>
    public sealed record TooLow(HybridTime Mark) : PeerReply;

    /// <summary>Not stored: it brings something old, and was not read since I was last asked to report. My stamp is <paramref name="Stamp"/>: take that, read again, and send what you hold then.</summary>
    public sealed record Stale(ulong Stamp) : PeerReply;

    /// <summary>Not done: the sender's topology is older than mine.</summary>
    public sealed record StaleEpoch(Epoch Mine) : PeerReply;

    /// <summary>Not done: too much is going on here.</summary>
    public sealed record Overloaded : PeerReply
    {
        /// <summary>There is only one.</summary>
        public static readonly Overloaded Instance = new();
    }

    /// <summary>The peer failed while it worked on this: it may have happened.</summary>
    public sealed record Failed(string Detail) : PeerReply;

    /// <summary>Made here, never sent: nothing can have arrived there.</summary>
    public sealed record Unreachable(string Detail) : PeerReply;

    /// <summary>Made here, never sent: no answer came in time, or the connection broke. It may have happened.</summary>
    public sealed record Lost(string Detail) : PeerReply;
}

/// <summary>A key and what is known of it, without the values' bytes.</summary>
internal readonly record struct HeldKey(Key Key, Container Container, bool Unknowing);

/// <summary>How far a scan got: the last key looked at in a slot.</summary>
internal readonly record struct ScanPosition(Slot Slot, Key Key);
