namespace Toystore;

/// <summary>How the members keep their copies alike: what <c>toystore repair status</c> and <c>GET /v1/cluster/repair</c> show.</summary>
/// <param name="PairsEqual">Pairs of members whose trees over the slots that both own are the same now.</param>
/// <param name="PairsDiffering">Pairs whose trees differ. While clients write, a pair differs for as long as a write is on its way; for minutes, something is being repaired.</param>
/// <param name="PairsUnknown">Pairs of which one did not answer, or has not scanned all its slots.</param>
/// <param name="Members">Every member that answered, by id; with a slot, those that own it.</param>
/// <param name="Unknown">Members that did not answer.</param>
public sealed record RepairReport(int PairsEqual, int PairsDiffering, int PairsUnknown, IReadOnlyList<NodeRepair> Members, IReadOnlyList<string> Unknown);

/// <summary>What a node says of its repairs. Counts begin with its process.</summary>
/// <param name="Id">Which node.</param>
/// <param name="Slots">Slots it owns; with a slot, that one.</param>
/// <param name="SlotsScanned">Of those, how many have a tree, so that they can be compared: all, but for some time after a start.</param>
/// <param name="SlotsUnknown">Of those, how many it does not vouch for: its disk has lost something of them that others have not given back yet.</param>
/// <param name="SlotsWithoutFloor">Of those, how many have no floor yet: deletes in them are kept.</param>
/// <param name="OldestFloorSeconds">How long ago the lowest floor of the others was: what was deleted before it is gone for good. Null if none has one.</param>
/// <param name="BytesPerSecond">How fast it repairs at most, at present.</param>
/// <param name="BackgroundShare">How much of its pace the node uses for repairs, 1/64 to 1: less while clients would notice it.</param>
/// <param name="LatencySeconds">What clients' requests took here of late, the 99th percentile; 0 if not known.</param>
/// <param name="IdleLatencySeconds">The same while nothing was repaired; 0 if not known.</param>
/// <param name="ReadRepairs">Reads coordinated here that found owners differing and mended them: not counted with the peers below.</param>
/// <param name="CorruptRecords">Readings of records that failed their checksum.</param>
/// <param name="RestoredRecords">Damaged records that others have given back.</param>
/// <param name="DamagedRecords">Records that are known to be damaged now, and not given back yet.</param>
/// <param name="Scrub">How far verifying the disk is; null if that is switched off.</param>
/// <param name="Peers">The members that own slots together with it, by id.</param>
public sealed record NodeRepair(
    string Id, int Slots, int SlotsScanned, int SlotsUnknown, int SlotsWithoutFloor, double? OldestFloorSeconds, double BytesPerSecond, double BackgroundShare, double LatencySeconds, double IdleLatencySeconds,
    long ReadRepairs, long CorruptRecords, long RestoredRecords, long DamagedRecords, ScrubProgress? Scrub, IReadOnlyList<PeerRepair> Peers);

/// <summary>How far a node is with reading and verifying all that is on its disk. Begins anew with its process.</summary>
/// <param name="Done">Of this round, 0 to 1; 0 between two rounds.</param>
/// <param name="Rounds">Rounds that are done.</param>
/// <param name="Records">Records verified, in all rounds.</param>
/// <param name="Bytes">Their bytes.</param>
public sealed record ScrubProgress(double Done, long Rounds, long Records, long Bytes);

/// <summary>How it goes between a node and one that owns slots together with it: the last exchange that the first of them began. With a slot, the last that was asked for of that slot.</summary>
/// <param name="Id">The other one.</param>
/// <param name="Away">True if it takes no connection, or is held dead: it is compared as soon as it is back.</param>
/// <param name="Ordered">True if somebody has asked for a comparison (<c>toystore repair now</c>) that is not through.</param>
/// <param name="BeganSeconds">How long ago the exchange began; null if there was none yet.</param>
/// <param name="TookSeconds">How long it took.</param>
/// <param name="SlotsCompared">Slots it was about.</param>
/// <param name="SlotsUnfinished">Of those, how many it did not get to the end of: another one goes on with them.</param>
/// <param name="KeysSent">Keys of which the other lacked something; of all exchanges together that a comparison which was asked for has taken.</param>
/// <param name="KeysReceived">Keys of which this node lacked something.</param>
/// <param name="BytesSent">Bytes of keys and records that were sent.</param>
/// <param name="BytesReceived">Bytes of keys and records that came.</param>
/// <param name="Problem">Why it did not begin, or ended before its time, one sentence; null if all went well.</param>
/// <param name="Trees">A number over the trees of all the slots that both own: the other one has the same if they hold the same. Null while some are not scanned.</param>
public sealed record PeerRepair(
    string Id,
    bool Away,
    bool Ordered,
    double? BeganSeconds,
    double TookSeconds,
    int SlotsCompared,
    int SlotsUnfinished,
    long KeysSent,
    long KeysReceived,
    long BytesSent,
    long BytesReceived,
    string? Problem,
    string? Trees);
