using System.Buffers.Text;
using CsCheck;
using Toystore.Core;
using Toystore.Core.Placement;
using Toystore.Core.Versions;

namespace Toystore.Tests.Core.Versions;

public sealed class CausalContextTests
{
    private static readonly ClusterId Here = new(new Guid("11111111-2222-3333-4444-555555555555"));
    private static readonly ClusterId There = new(new Guid("11111111-2222-3333-4444-555555555556"));
    private static readonly Slot Slot = new(16383);

    private static readonly Gen<VersionVector> Vectors =
        Gen.Select(Gen.ULong, Gen.ULong, Gen.ULong[1, ulong.MaxValue]).Select((node, generation, time) => new Dot(new ActorId(new NodeId(node), generation), new HybridTime(time))).Array[0, 12]
            .Select(Gen.OneOf(Gen.Const(0UL), Gen.ULong), (dots, floor) => dots.Aggregate(VersionVector.UpTo(new HybridTime(floor)), (sum, dot) => sum.With(dot)));

    [Fact]
    public void A_token_reads_back_as_the_context_it_was_made_of() => Vectors.Sample(seen =>
    {
        var context = new CausalContext(Slot, seen);
        return CausalContext.TryParse(context.ToToken(Here), Here, Slot, out var parsed, out var problem) && problem is null && parsed == context;
    }, iter: 5_000);

    [Fact]
    public void Every_change_of_one_character_is_refused() => Vectors.Sample(seen =>
    {
        var token = new CausalContext(Slot, seen).ToToken(Here).ToCharArray();
        for (var at = 0; at < token.Length; at++)
        {
            var right = token[at];
            for (var wrong = '\0'; wrong < 128; wrong++)
            {
                token[at] = wrong;
                Assert.True(wrong == right || !CausalContext.TryParse(token, Here, Slot, out _, out _), $"{(int)wrong} for {right} at {at} of {token.Length}");
            }

            token[at] = right;
        }
    }, iter: 20);

    [Fact]
    public void Two_neighbouring_characters_that_change_places_are_noticed() => Vectors.Sample(seen =>
    {
        var token = new CausalContext(Slot, seen).ToToken(Here).ToCharArray();
        for (var at = 1; at < token.Length; at++)
        {
            (token[at], token[at - 1]) = (token[at - 1], token[at]);
            Assert.True(token[at] == token[at - 1] || !CausalContext.TryParse(token, Here, Slot, out _, out _));
            (token[at], token[at - 1]) = (token[at - 1], token[at]);
        }
    }, iter: 200);

    [Fact]
    public void A_token_of_another_cluster_is_refused_by_name() =>
        Assert.Equal("The context comes from another cluster.", Problem(Token(3), There, Slot));

    [Fact]
    public void A_token_of_another_slot_is_refused_by_name() =>
        Assert.Equal("The context was returned for another key: send back the one that came with this key.", Problem(Token(3), Here, new Slot(1)));

    [Theory]
    [InlineData("")]
    [InlineData("A")]
    [InlineData("hello")]
    [InlineData("€")]
    [InlineData("AQAAAAAAAAAA=")]
    [InlineData("!!!!!!!!!!!!!!!!")]
    public void Garbage_is_refused_with_advice(string token) =>
        Assert.Equal("The context is not one that a read or write returned: pass it on unchanged.", Problem(token, Here, Slot));

    [Fact]
    public void Neither_padding_nor_blanks_make_a_second_spelling()
    {
        var token = Token(2);
        Assert.NotNull(Problem(token + "=", Here, Slot));
        Assert.NotNull(Problem(token + " ", Here, Slot));
        Assert.NotNull(Problem(" " + token, Here, Slot));
        Assert.NotNull(Problem(token.Insert(8, "\n"), Here, Slot));
    }

    [Fact]
    public void As_many_entries_as_a_token_holds_go_through()
    {
        var token = Token(CausalContext.EntriesMax);
        Assert.True(CausalContext.TryParse(token, Here, Slot, out var parsed, out _));
        Assert.Equal(CausalContext.EntriesMax, parsed.Seen.Entries.Length);
        Assert.NotNull(Problem(token + "AAAA", Here, Slot));
    }

    [Fact]
    public void More_entries_than_a_token_holds_are_a_bug() => Assert.Throws<InvariantException>(() => Token(CausalContext.EntriesMax + 1));

    [Fact]
    public void A_very_long_token_is_refused_before_anything_is_allocated_for_it()
    {
        var token = new string('A', 1 << 20);
        Allocations.None(() => CausalContext.TryParse(token, Here, Slot, out _, out _));
    }

    [Fact]
    public void Entries_that_no_node_would_have_written_are_refused()
    {
        var bytes = Base64Url.DecodeFromChars(Token(2));
        bytes.AsSpan(8, 24).CopyTo(bytes.AsSpan(32)); // the same actor twice, with a checksum that fits
        BitConverter.TryWriteBytes(bytes.AsSpan(bytes.Length - 2), Crc16.Xmodem(bytes.AsSpan(0, bytes.Length - 2)));
        Assert.NotNull(Problem(Base64Url.EncodeToString(bytes), Here, Slot));
    }

    [Fact]
    public void The_token_is_as_written_down() =>
        Assert.Equal(
            "01" + "44444444" + "ff3f" + "0100" + "0100000000000000" + "0700000000000000" + "0100000000000000",
            Convert.ToHexStringLower(Base64Url.DecodeFromChars(Token(1)).AsSpan()[..^2])); // 0x11111111 ^ 0x55555555

    private static string Token(int entries) => new CausalContext(
        Slot,
        Enumerable.Range(1, entries).Aggregate(default(VersionVector), (sum, n) => sum.With(new Dot(new ActorId(new NodeId((ulong)n), 7), new HybridTime((ulong)n))))).ToToken(Here);

    private static string? Problem(string token, ClusterId cluster, Slot slot)
    {
        Assert.False(CausalContext.TryParse(token, cluster, slot, out var context, out var problem));
        Assert.True(context.Seen.IsEmpty);
        return problem;
    }
}
