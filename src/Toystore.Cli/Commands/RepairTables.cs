using Spectre.Console;

namespace Toystore.Cli.Commands;

/// <summary>What repairs come to, for people.</summary>
internal static class RepairTables
{
    /// <summary>What each member says of its own slots.</summary>
    public static Table OfMembers(RepairReport report)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumns("node", "slots", "scanned", "not known", "without floor", "oldest floor", "pace", "read repairs", "corrupt", "restored", "verified");
        foreach (var node in report.Members)
        {
            table.AddRow(
                node.Id,
                Sizes.Count(node.Slots),
                Sizes.Count(node.SlotsScanned),
                Sizes.Count(node.SlotsUnknown),
                Sizes.Count(node.SlotsWithoutFloor),
                node.OldestFloorSeconds is { } age ? Sizes.Time(Math.Max(0, age)) : "",
                Sizes.Bytes(node.BytesPerSecond) + "/s",
                Sizes.Count(node.ReadRepairs),
                Sizes.Count(node.CorruptRecords),
                Sizes.Count(node.RestoredRecords),
                node.Scrub is not { } scrub ? "off" : scrub is { Done: 0, Rounds: > 0 } ? "all" : FormattableString.Invariant($"{scrub.Done:0%}"));
        }

        return table;
    }

    /// <summary>What each member's last exchange with each of the others came to.</summary>
    public static Table OfPeers(RepairReport report)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumns("node", "with", "compared", "took", "slots", "unfinished", "keys sent", "keys received", "problem");
        foreach (var (node, peer) in report.Members.SelectMany(node => node.Peers.Select(peer => (node, peer))))
        {
            table.AddRow(
                new Text(node.Id),
                new Text(peer.Id),
                new Text(peer.BeganSeconds is { } ago ? Sizes.Time(ago) + " ago" : "not yet"),
                new Text(peer.BeganSeconds is null ? "" : Sizes.Time(peer.TookSeconds)),
                new Text(Sizes.Count(peer.SlotsCompared)),
                new Text(Sizes.Count(peer.SlotsUnfinished)),
                new Text(Sizes.Count(peer.KeysSent)),
                new Text(Sizes.Count(peer.KeysReceived)),
                new Text(peer.Away ? "it is away" : peer.Problem ?? (peer.Ordered ? "it is being compared" : "")));
        }

        return table;
    }
}
