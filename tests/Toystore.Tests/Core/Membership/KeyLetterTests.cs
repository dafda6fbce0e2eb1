using System.Security.Cryptography;
using Toystore.Core;
using Toystore.Core.Membership;
using static Toystore.Tests.Core.Membership.Scene;
using static Toystore.Tests.Core.Membership.TestKeys;

namespace Toystore.Tests.Core.Membership;

public sealed class KeyLetterTests
{
    private static readonly ClusterKey One = Key(1);
    private static readonly ClusterKey Two = Key(2);
    private static readonly KeyOrder Order = new(KeyStep.Add, Id(1), Id(2), Guid.Parse("00000001-0002-0003-0004-000000000005")) { Expected = 3, Revision = 4, Key = Two, Fingerprint = One.Fingerprint };

    [Fact]
    public void A_sealed_order_is_read_by_who_has_the_key()
    {
        var letter = Order.Seal(Seal(Ring(One)), 0);
        Assert.Equal(Order, KeyOrder.Open(Seal(Ring(Two, One)), letter, out var key));
        Assert.Equal(1, key);
        Assert.True(letter.AsSpan().IndexOf(Enumerable.Repeat((byte)2, 16).ToArray()) < 0);
    }

    [Fact]
    public void Without_the_key_nothing_is_learned_of_an_order_nor_changed_in_it()
    {
        var letter = Order.Seal(Seal(Ring(One)), 0);
        Assert.Null(KeyOrder.Open(Seal(Ring(Two)), letter, out _));
        Assert.Null(KeyOrder.Open(Seal(KeyRing.Empty), letter, out _));
        for (var bit = 0; bit < letter.Length * 8; bit++)
        {
            letter[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Null(KeyOrder.Open(Seal(Ring(One)), letter, out _));
            letter[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void A_key_never_goes_into_an_open_letter_where_open_packets_are_refused() =>
        Assert.Throws<InvariantException>(() => Order.Seal(Seal(Ring(One)), -1));

    [Fact]
    public void Keys_are_given_in_sealed_letters_only() =>
        Assert.Throws<InvariantException>(() => (new KeyAnswer(KeyEnd.Done, Id(2), Order.Question) { Given = Ring(One) }).Seal(Seal(KeyRing.Empty), -1));

    [Fact]
    public void An_answer_counts_for_its_question_and_under_its_key_only()
    {
        var (mine, theirs) = (Seal(Ring(One, Two)), Seal(Ring(Two, One)));
        var answer = KeyAnswer.Of(KeyEnd.Done, Id(2), Order.Question, Ring(Two, One)) with { Given = Ring(Two, One), Problem = "none, für once" };
        var read = KeyAnswer.Open(mine, answer.Seal(theirs, 1), Order.Question, 0);
        Assert.Equal([Two.Fingerprint, One.Fingerprint], read!.Keys);
        Assert.Equal((answer.Given, answer.Problem, true, false), (read.Given, read.Problem, read.Seals, read.TakesOpen));
        Assert.Null(KeyAnswer.Open(mine, answer.Seal(theirs, 1), Guid.Empty, 0));
        Assert.Null(KeyAnswer.Open(mine, answer.Seal(theirs, 0), Order.Question, 0));
        Assert.Null(KeyAnswer.Open(mine, (answer with { Given = null }).Seal(Seal(KeyRing.Empty), -1), Order.Question, 0));
    }

    [Fact]
    public void Noise_is_no_letter()
    {
        var random = new Random(1);
        var seal = Seal(KeyRing.Empty);
        var order = (Order with { Key = null }).Seal(seal, -1);
        for (var i = 0; i < 100_000; i++)
        {
            var body = order[18..^4];
            body[random.Next(body.Length)] = (byte)random.Next(256);
            var letter = seal.SealLetter(body.AsSpan(0, random.Next(4) == 0 ? random.Next(body.Length) : body.Length), -1);
            _ = KeyOrder.Open(seal, letter, out _);
            _ = KeyAnswer.Open(seal, letter, Order.Question, -1);
        }
    }

    [Fact]
    public void A_ring_is_restored_as_it_was_saved_and_nothing_else_is()
    {
        var ring = Ring(One, Two) with { Revision = 7, AcceptsOpen = true, SealsOutgoing = false };
        var saved = ring.Save();
        var restored = KeyRing.Restore(saved)!;
        Assert.Equal((ring, 7UL), (restored, restored.Revision));
        Assert.All(Enumerable.Range(0, saved.Length), length => Assert.Null(KeyRing.Restore(saved.AsSpan(0, length))));
        Assert.Null(KeyRing.Restore([.. saved, 0]));
        Assert.Equal(KeyRing.Empty, KeyRing.Restore(KeyRing.Empty.Save()));
    }

    [Fact]
    public void The_first_key_goes_through_an_accepting_phase()
    {
        Assert.Null(KeyRing.Empty.Step(KeyStep.Add, One, "", out var added));
        Assert.Equal((false, true), (added.Seals, added.TakesOpen));
        Assert.NotNull(added.Step(KeyStep.Close, null, "", out _));
        Assert.Null(added.Step(KeyStep.Use, null, One.Fingerprint, out var used));
        Assert.Equal((true, true), (used.Seals, used.TakesOpen));
        Assert.Null(used.Step(KeyStep.Close, null, "", out var closed));
        Assert.Equal((true, false), (closed.Seals, closed.TakesOpen));
        Assert.Null(closed.Step(KeyStep.Use, null, One.Fingerprint, out var again));
        Assert.Equal(closed, again);
    }

    [Fact]
    public void A_first_key_that_nobody_uses_yet_can_be_taken_back()
    {
        Assert.Null(KeyRing.Empty.Step(KeyStep.Add, One, "", out var added));
        Assert.Null(added.Step(KeyStep.Remove, null, One.Fingerprint, out var back));
        Assert.Equal(KeyRing.Empty, back);
    }

    [Fact]
    public void Steps_that_were_taken_change_nothing_and_those_that_cannot_be_say_why()
    {
        var ring = Ring(One, Two);
        Assert.Null(ring.Step(KeyStep.Add, Two, "", out var same));
        Assert.Equal(ring, same);
        Assert.Null(ring.Step(KeyStep.Remove, null, "00000000", out same));
        Assert.Equal(ring, same);
        Assert.Contains("in use", ring.Step(KeyStep.Remove, null, One.Fingerprint, out same));
        Assert.Equal(ring, same);
        Assert.Contains("add it", ring.Step(KeyStep.Use, null, "00000000", out _));
        Assert.Contains("limit", Ring(One, Two, Key(3), Key(4)).Step(KeyStep.Add, Key(5), "", out _));
    }

    private static PacketSeal Seal(KeyRing keys) => new(Cluster, keys, RandomNumberGenerator.Fill);
}
