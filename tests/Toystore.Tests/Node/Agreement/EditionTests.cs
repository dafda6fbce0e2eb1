using System.Globalization;
using Toystore.Core.Agreement;
using Toystore.Core.Placement;
using Toystore.Node.Agreement;
using Toystore.Tests.Core.Placement;

namespace Toystore.Tests.Node.Agreement;

public sealed class EditionTests
{
    private static readonly Topology Topology = Clusters.Topology(Clusters.Of(3));
    private static readonly Topology Other = Clusters.Topology(Clusters.Of(2));
    private static readonly SeedList Seeds = new([new(1), new(2), new(3)]);
    private static readonly AcceptorName Acceptor = new(new(1), new(9));
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_123);

    [Fact]
    public void What_is_written_is_read_again()
    {
        var edition = Edition.First(Topology, new(2), Now, "Founded, as it were: ö.");
        var read = Of(edition.Encode(), Topology.Epoch, Other)!;
        Assert.Equal(edition.Notes, read.Notes);
        Assert.Equal(Topology.Fingerprint, read.Options);
        Assert.Equal(Topology.Fingerprint, read.Topology.Fingerprint);
    }

    [Fact]
    public void The_document_that_is_known_is_not_read_anew()
    {
        var edition = Edition.First(Topology, new(2), Now, "Founded.");
        Assert.Same(Topology, Of(edition.Encode(), Topology.Epoch, Topology)!.Topology);
    }

    [Fact]
    public void A_document_of_another_number_is_none_of_the_decree() =>
        Assert.Null(Of(Edition.First(Topology.At(new Epoch(Topology.Epoch.Lineage, 2)), new(2), Now, "Founded.").Encode(), Topology.Epoch, Other));

    [Fact]
    public void The_next_one_has_the_number_of_its_decree()
    {
        var epoch = new Epoch(Topology.Epoch.Lineage, 2);
        Assert.Equal(epoch, Edition.First(Topology, new(1), Now, "Founded.").Next(Topology, epoch, new(1), Now, "Changed.").Topology.Epoch);
    }

    [Fact]
    public void The_last_hundred_notes_are_kept()
    {
        var edition = Edition.First(Topology, new(1), Now, "1");
        for (var i = 2UL; i <= 150; i++)
        {
            edition = edition.Next(Topology, new Epoch(Topology.Epoch.Lineage, i), new(1), Now, i.ToString(CultureInfo.InvariantCulture));
        }

        Assert.Equal(Enumerable.Range(51, 100).Select(number => number.ToString(CultureInfo.InvariantCulture)), edition.Notes.Select(note => note.What));
        Assert.NotNull(Of(edition.Encode(), edition.Topology.Epoch, Other));
    }

    [Fact]
    public void A_text_that_is_too_long_is_cut_and_recognised()
    {
        var text = new string('ö', 1000);
        var edition = Edition.First(Topology, new(1), Now, text);
        Assert.Equal(200, edition.Notes[0].What.Length);
        Assert.True(edition.Tells(new(1), text));
    }

    [Fact]
    public void No_cut_and_no_damage_to_its_head_reads_as_something_else()
    {
        var edition = Edition.First(Topology, new(2), Now, "Founded.");
        var bytes = edition.Encode();
        for (var length = 0; length < 60; length++)
        {
            Assert.Null(Of(bytes[..length], Topology.Epoch, Topology));
        }

        for (var at = 0; at < 60; at++)
        {
            var damaged = bytes.ToArray();
            damaged[at] ^= 0x80;
            if (Of(damaged, Topology.Epoch, Topology) is { } read)
            {
                Assert.Equal(Topology.Epoch, read.Topology.Epoch);
                Assert.Single(read.Notes);
            }
        }
    }

    private static Edition? Of(byte[] value, Epoch epoch, Topology known)
    {
        var first = Decree.First(Seeds, epoch.Lineage, [Acceptor], value);
        for (var i = 1UL; i < epoch.Number; i++)
        {
            first = first.Next([Acceptor], value);
        }

        return Edition.Of(first, known, TopologyCodec.Encode(known));
    }
}
