using Toystore.Core.Placement;

namespace Toystore.Node.Peers;

/// <summary>
/// The outside of a frame (<c>docs/protocols/wire.md</c>), little-endian:
/// <code>
/// u32 length of all that follows | u8 type | u8 flags | u64 request id | u64 lineage, u64 number of the epoch | u32 µs left | payload | u32 CRC-32C of all before it
/// </code>
/// </summary>
internal static class FrameFormat
{
    /// <summary>Bytes before the payload, the length included.</summary>
    public const int HeaderBytes = 4 + 1 + 1 + 8 + 8 + 8 + 4;

    /// <summary>Bytes after the payload.</summary>
    public const int ChecksumBytes = 4;

    /// <summary>What a frame adds to its payload.</summary>
    public const int OverheadBytes = HeaderBytes + ChecksumBytes;

    /// <summary>Bytes of the length itself, which it does not count.</summary>
    public const int LengthBytes = 4;

    /// <summary>First bytes of every hello: "TOYS".</summary>
    public const uint Magic = 0x53594F54;

    /// <summary>The oldest version this release speaks.</summary>
    public const ushort VersionMin = 1;

    /// <summary>The newest version this release speaks.</summary>
    public const ushort VersionMax = 1;

    /// <summary>The longest frame accepted before the handshake is over.</summary>
    public const int HelloBytesMax = 8 * 1024;

    /// <summary>Frames longer than this travel on the bulk lane.</summary>
    public const int BulkBytesMin = 64 * 1024;

    /// <summary>Flag bits that a receiver which does not know them passes over; any other unknown bit closes the connection. Version 1 uses none.</summary>
    public const byte FlagsIgnorable = 0xF0;

    /// <summary>The longest text that only explains something, in characters; the rest is cut off.</summary>
    public const int DetailCharsMax = 1000;
}

/// <summary>What a frame is. 1..63 are requests, 64..127 replies, 128 and above belong to the connection.</summary>
internal enum FrameType : byte
{
    /// <summary><see cref="PeerRequest.ReadContainer"/>.</summary>
    ReadContainer = 1,

    /// <summary><see cref="PeerRequest.ReadDigest"/>.</summary>
    ReadDigest = 2,

    /// <summary><see cref="PeerRequest.Store"/>.</summary>
    Store = 3,

    /// <summary><see cref="PeerRequest.CoordinateRead"/>.</summary>
    CoordinateRead = 4,

    /// <summary><see cref="PeerRequest.CoordinateWrite"/>.</summary>
    CoordinateWrite = 5,

    /// <summary><see cref="PeerRequest.ScanKeys"/>.</summary>
    ScanKeys = 6,

    /// <summary><see cref="PeerRequest.HowAreYou"/>.</summary>
    HowAreYou = 7,

    /// <summary><see cref="PeerRequest.Probe"/>.</summary>
    Probe = 8,

    /// <summary><see cref="PeerRequest.ExchangeMembers"/>.</summary>
    ExchangeMembers = 9,

    /// <summary><see cref="PeerRequest.KeyLetter"/>.</summary>
    AskKeys = 10,

    /// <summary><see cref="PeerRequest.ReadKept"/>.</summary>
    ReadKept = 11,

    /// <summary><see cref="PeerRequest.AskRoom"/>.</summary>
    AskRoom = 12,

    /// <summary><see cref="PeerRequest.Rounds"/>.</summary>
    AskRounds = 13,

    /// <summary><see cref="PeerRequest.Repair"/>.</summary>
    AskRepair = 14,

    /// <summary><see cref="PeerRequest.Register"/>.</summary>
    AskRegister = 15,

    /// <summary><see cref="PeerRequest.AskTopology"/>.</summary>
    AskTopology = 16,

    /// <summary><see cref="PeerReply.Held"/>.</summary>
    Held = 64,

    /// <summary><see cref="PeerReply.HeldDigest"/>.</summary>
    HeldDigest = 65,

    /// <summary><see cref="PeerReply.Stored"/>.</summary>
    Stored = 66,

    /// <summary><see cref="PeerReply.Refused"/>.</summary>
    Refused = 67,

    /// <summary><see cref="PeerReply.Read"/>.</summary>
    Read = 68,

    /// <summary><see cref="PeerReply.Written"/>.</summary>
    Written = 69,

    /// <summary><see cref="PeerReply.Keys"/>.</summary>
    Keys = 70,

    /// <summary><see cref="PeerReply.Status"/>.</summary>
    Status = 71,

    /// <summary><see cref="PeerReply.StaleEpoch"/>.</summary>
    StaleEpoch = 72,

    /// <summary><see cref="PeerReply.Overloaded"/>.</summary>
    Overloaded = 73,

    /// <summary><see cref="PeerReply.Failed"/>.</summary>
    Failed = 74,

    /// <summary><see cref="PeerReply.Here"/>.</summary>
    Here = 75,

    /// <summary><see cref="PeerReply.Members"/>.</summary>
    Members = 76,

    /// <summary><see cref="PeerReply.KeyLetter"/>.</summary>
    TellKeys = 77,

    /// <summary><see cref="PeerReply.Room"/>.</summary>
    Room = 78,

    /// <summary><see cref="PeerReply.Rounds"/>.</summary>
    TellRounds = 79,

    /// <summary><see cref="PeerReply.TooLow"/>.</summary>
    TooLow = 80,

    /// <summary><see cref="PeerReply.Stale"/>.</summary>
    Stale = 81,

    /// <summary><see cref="PeerReply.Repair"/>.</summary>
    TellRepair = 82,

    /// <summary><see cref="PeerReply.Register"/>.</summary>
    TellRegister = 83,

    /// <summary><see cref="PeerReply.Topology"/>.</summary>
    TellTopology = 84,

    /// <summary>The first frame of each side: <see cref="Peers.Hello"/>.</summary>
    Hello = 128,

    /// <summary>Why the sender closes the connection, in a sentence.</summary>
    Farewell = 129,
}

/// <summary>The outside of a frame that has arrived whole and unharmed.</summary>
/// <param name="Type">What it is.</param>
/// <param name="RequestId">Chosen by who asks, given back with the answer.</param>
/// <param name="Epoch">The sender's topology.</param>
/// <param name="MicrosecondsLeft">Of a request: how long its sender still waits.</param>
internal readonly record struct FrameHeader(FrameType Type, ulong RequestId, Epoch Epoch, uint MicrosecondsLeft);
