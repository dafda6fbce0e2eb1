using CsCheck;
using Toystore.Core;
using Toystore.Core.Quorum;

namespace Toystore.Tests.Core.Quorum;

public sealed class WriteQuorumTests
{
    [Theory] // N, W, what was heard of owners 0, 1, ...: s stored, r refused, l lost, - nothing
    [InlineData(1, 1, "-", WriteState.Pending)]
    [InlineData(1, 1, "s", WriteState.Done)]
    [InlineData(1, 1, "r", WriteState.NotDone)]
    [InlineData(1, 1, "l", WriteState.Unknown)]
    [InlineData(3, 2, "---", WriteState.Pending)]
    [InlineData(3, 2, "s--", WriteState.Pending)]
    [InlineData(3, 2, "ss-", WriteState.Done)]
    [InlineData(3, 2, "sss", WriteState.Done)]
    [InlineData(3, 2, "ssr", WriteState.Done)]
    [InlineData(3, 2, "ssl", WriteState.Done)]
    [InlineData(3, 2, "sr-", WriteState.Pending)]
    [InlineData(3, 2, "sl-", WriteState.Pending)]
    [InlineData(3, 2, "srr", WriteState.Unknown)]
    [InlineData(3, 2, "sll", WriteState.Unknown)]
    [InlineData(3, 2, "r--", WriteState.Pending)]
    [InlineData(3, 2, "rr-", WriteState.Pending)]
    [InlineData(3, 2, "rl-", WriteState.Unknown)]
    [InlineData(3, 2, "ll-", WriteState.Unknown)]
    [InlineData(3, 2, "rrr", WriteState.NotDone)]
    [InlineData(3, 2, "rrl", WriteState.Unknown)]
    [InlineData(3, 3, "ss-", WriteState.Pending)]
    [InlineData(3, 3, "sr-", WriteState.Unknown)]
    [InlineData(3, 3, "rr-", WriteState.Pending)]
    [InlineData(3, 3, "sss", WriteState.Done)]
    [InlineData(5, 3, "ssrr-", WriteState.Pending)]
    [InlineData(5, 3, "ssrrs", WriteState.Done)]
    [InlineData(5, 3, "srrr-", WriteState.Unknown)]
    [InlineData(5, 3, "rrr--", WriteState.Pending)]
    [InlineData(5, 3, "rrrrr", WriteState.NotDone)]
    [InlineData(5, 3, "rrrrl", WriteState.Unknown)]
    public void A_write_stands_where_its_answers_put_it(int owners, int needed, string heard, WriteState state)
    {
        var forwards = new WriteQuorum(owners, needed);
        var backwards = new WriteQuorum(owners, needed);
        for (var i = 0; i < owners; i++)
        {
            Add(ref forwards, i, heard[i]);
            Add(ref backwards, owners - 1 - i, heard[owners - 1 - i]);
        }

        Assert.Equal(state, forwards.State);
        Assert.Equal(state, backwards.State);
        Assert.Equal(heard.Count(c => c == 's'), forwards.Stored);
        Assert.Equal(heard.Select(c => c == '-'), Enumerable.Range(0, owners).Select(forwards.IsAwaited));
        Assert.Equal(heard.Select(c => c == 's'), Enumerable.Range(0, owners).Select(forwards.IsStored));
    }

    [Theory] // all that was heard of one owner, and what that amounts to
    [InlineData("sr", WriteState.Done)]
    [InlineData("sl", WriteState.Done)]
    [InlineData("ls", WriteState.Done)]
    [InlineData("rs", WriteState.Done)]
    [InlineData("rl", WriteState.Unknown)]
    [InlineData("lr", WriteState.Unknown)]
    public void A_second_copy_that_is_refused_says_nothing_about_the_first(string heard, WriteState state)
    {
        var quorum = new WriteQuorum(1, 1);
        foreach (var what in heard)
        {
            Add(ref quorum, 0, what);
        }

        Assert.Equal(state, quorum.State);
    }

    // Each word is one owner: what was heard of it (s r l -, u unreachable, L lost and then unreachable), then of its stand-ins in order: A asked, S stored, R refused, ? lost.
    [Theory]
    [InlineData(3, 2, "s uA -", WriteState.Pending, 1)]
    [InlineData(3, 2, "s uAS -", WriteState.Done, 2)]
    [InlineData(3, 2, "s uA uA", WriteState.Pending, 1)]
    [InlineData(3, 2, "s uAS uA", WriteState.Done, 2)]
    [InlineData(3, 2, "s uAS uAS", WriteState.Done, 3)]
    [InlineData(3, 3, "s uAS uAS", WriteState.Done, 3)]
    [InlineData(3, 2, "s uAR uAR", WriteState.Unknown, 1)]
    [InlineData(3, 2, "s uARA uAR", WriteState.Pending, 1)]
    [InlineData(3, 2, "s uARAS uAR", WriteState.Done, 2)]
    [InlineData(3, 2, "s uA? uAR", WriteState.Unknown, 1)]
    [InlineData(3, 2, "s u u", WriteState.Unknown, 1)]
    [InlineData(3, 2, "s lAS -", WriteState.Pending, 1)]
    [InlineData(3, 2, "s lAS lAS", WriteState.Unknown, 1)]
    [InlineData(3, 2, "s rAS rAS", WriteState.Unknown, 1)]
    [InlineData(3, 2, "s -AS -AS", WriteState.Pending, 1)]
    [InlineData(3, 2, "s LAS r", WriteState.Done, 2)]
    [InlineData(3, 2, "s LAR r", WriteState.Unknown, 1)]
    [InlineData(3, 2, "sAS - -", WriteState.Pending, 1)]
    [InlineData(3, 2, "suAS - -", WriteState.Pending, 1)]
    [InlineData(3, 2, "suAS r r", WriteState.Unknown, 1)]
    [InlineData(3, 2, "uAS uAS uA", WriteState.Done, 2)]
    [InlineData(3, 2, "uAS uA? uAR", WriteState.Unknown, 1)]
    [InlineData(3, 2, "u u u", WriteState.NotDone, 0)]
    [InlineData(3, 2, "uAR uAR uAR", WriteState.NotDone, 0)]
    [InlineData(3, 2, "uA? uAR uAR", WriteState.Unknown, 0)]
    [InlineData(3, 2, "LAR uAR uAR", WriteState.Unknown, 0)]
    [InlineData(3, 2, "uAR uAR uA", WriteState.Pending, 0)]
    [InlineData(3, 2, "rA r r", WriteState.Pending, 0)]
    [InlineData(3, 2, "rAR r r", WriteState.NotDone, 0)]
    [InlineData(3, 2, "rA uAR r", WriteState.Pending, 0)]
    [InlineData(3, 2, "rA? r r", WriteState.Unknown, 0)]
    [InlineData(3, 2, "rAS r r", WriteState.Unknown, 0)]
    [InlineData(1, 1, "uAS", WriteState.Done, 1)]
    public void A_stand_in_counts_only_for_an_owner_that_cannot_be_reached_and_never_beside_it(int owners, int needed, string heard, WriteState state, int stored)
    {
        var words = heard.Split(' ');
        var forwards = new WriteQuorum(owners, needed);
        var backwards = new WriteQuorum(owners, needed);
        for (var i = 0; i < owners; i++)
        {
            foreach (var what in words[i])
            {
                Add(ref forwards, i, what);
            }

            // The first letter is what the owner said; it may come after all that its stand-ins say.
            foreach (var what in words[owners - 1 - i][1..] + words[owners - 1 - i][0])
            {
                Add(ref backwards, owners - 1 - i, what);
            }
        }

        Assert.Equal((state, stored), (forwards.State, forwards.Stored));
        Assert.Equal((state, stored), (backwards.State, backwards.Stored));
    }

    // Positions 0, 1, ... as above; which of them the slot has (o), is to have (g), or both (b).
    [Theory]
    [InlineData("obbg", 2, 2, "-ss-", WriteState.Done)]
    [InlineData("obbg", 2, 2, "ss--", WriteState.Pending)]
    [InlineData("obbg", 2, 2, "ss-s", WriteState.Done)]
    [InlineData("obbg", 2, 2, "ssr-", WriteState.Pending)]
    [InlineData("obbg", 2, 2, "ssrr", WriteState.Unknown)]
    [InlineData("obbg", 2, 2, "rsr-", WriteState.Unknown)]
    [InlineData("obbg", 2, 2, "rrrr", WriteState.NotDone)]
    [InlineData("obbg", 2, 2, "rrr-", WriteState.Pending)]
    [InlineData("obbg", 2, 2, "rrrl", WriteState.Unknown)]
    [InlineData("obbg", 2, 2, "ss- uAS", WriteState.Done)]
    [InlineData("obbg", 2, 2, "s uAS uAS -", WriteState.Done)]
    [InlineData("obbg", 2, 2, "uAS s r uA", WriteState.Pending)]
    [InlineData("obbg", 2, 2, "uAS s r uAR", WriteState.Unknown)]
    [InlineData("obbg", 3, 2, "-ss-", WriteState.Pending)]
    [InlineData("obbg", 3, 2, "sss-", WriteState.Done)]
    [InlineData("bg", 1, 2, "s-", WriteState.Pending)] // one owner becomes two
    [InlineData("bg", 1, 2, "-s", WriteState.Pending)]
    [InlineData("bg", 1, 2, "ss", WriteState.Done)]
    [InlineData("ooogg", 2, 1, "ss---", WriteState.Pending)]
    [InlineData("ooogg", 2, 1, "ss-s-", WriteState.Done)]
    [InlineData("ooogg", 2, 1, "ss-rr", WriteState.Unknown)]
    public void While_a_slot_moves_a_write_needs_enough_of_those_it_has_and_of_those_it_is_to_have(string sets, int needed, int neededOfGaining, string heard, WriteState state)
    {
        OwnerSet owners = default, gaining = default;
        for (var i = 0; i < sets.Length; i++)
        {
            if (sets[i] is 'o' or 'b')
            {
                owners.Add(i);
            }

            if (sets[i] is 'g' or 'b')
            {
                gaining.Add(i);
            }
        }

        var words = heard.Split(' ').SelectMany(word => word.Any(char.IsUpper) ? (string[])[word] : [.. word.Select(letter => letter.ToString())]).ToList();
        Assert.Equal(sets.Length, words.Count);
        var quorum = new WriteQuorum(owners, needed, gaining, neededOfGaining);
        foreach (var (owner, word) in words.Index().Reverse())
        {
            foreach (var what in word)
            {
                Add(ref quorum, owner, what);
            }
        }

        Assert.Equal(state, quorum.State);
    }

    [Fact]
    public void Two_sets_of_the_same_owners_are_as_good_as_one() => Gen.Select(Gen.Int[1, 5], Gen.Int[1, 5], Gen.Select(Gen.Int[0, 4], Gen.Char["srluASR?"]).Array[0, 12]).Sample((n, w, answers) =>
    {
        var one = new WriteQuorum(n, Math.Min(n, w));
        var two = new WriteQuorum(OwnerSet.First(n), Math.Min(n, w), OwnerSet.First(n), Math.Min(n, w));
        foreach (var (owner, what) in answers)
        {
            Add(ref one, owner % n, what);
            Add(ref two, owner % n, what);
        }

        return one.State == two.State && one.Stored == two.Stored;
    }, iter: 20_000);

    [Fact]
    public void Sixteen_owners_may_all_be_exchanged()
    {
        var gaining = OwnerSet.First(32) - OwnerSet.First(16);
        var quorum = new WriteQuorum(OwnerSet.First(16), 16, gaining, 16);
        for (var owner = 0; owner < 31; owner++)
        {
            quorum.AddStored(owner);
        }

        Assert.Equal(WriteState.Pending, quorum.State);
        quorum.AddStored(31);
        Assert.Equal((WriteState.Done, 32), (quorum.State, quorum.Stored));
        Assert.Throws<InvariantException>(() => new WriteQuorum(OwnerSet.First(3), 2, OwnerSet.First(5) - OwnerSet.First(4), 1));
    }

    [Fact]
    public void Neither_the_order_nor_the_number_of_answers_matters() => Gen.Select(Gen.Int[1, 5], Gen.Int[1, 5], Gen.Select(Gen.Int[0, 4], Gen.Char["srlu"]).Array[0, 12], Gen.Int).Sample((n, w, answers, seed) =>
    {
        WriteQuorum given = new(n, Math.Min(n, w)), shuffled = given;
        var others = answers.Concat(answers.Take(3)).ToArray();
        new Random(seed).Shuffle(others);
        foreach (var (owner, what) in answers)
        {
            Add(ref given, owner % n, what);
        }

        foreach (var (owner, what) in others)
        {
            Add(ref shuffled, owner % n, what);
        }

        return given.State == shuffled.State && given.Stored == shuffled.Stored;
    }, iter: 20_000);

    [Fact]
    public void What_was_reported_final_is_never_taken_back() => Gen.Select(Gen.Int[1, 5], Gen.Int[1, 5], Gen.Select(Gen.Int[0, 4], Gen.Char["srlu"]).Array[0, 12]).Sample((n, w, answers) =>
    {
        var quorum = new WriteQuorum(n, Math.Min(n, w));
        var before = quorum.State;
        var mayBeSomewhere = false;
        foreach (var (owner, what) in answers)
        {
            Add(ref quorum, owner % n, what);
            var after = quorum.State;
            Assert.True(before != WriteState.Done || after == WriteState.Done);
            Assert.True(before != WriteState.Unknown || after is WriteState.Unknown or WriteState.Done or WriteState.Pending);
            mayBeSomewhere |= what is not ('r' or 'u');
            Assert.True(after != WriteState.NotDone || !mayBeSomewhere);
            before = after;
        }
    }, iter: 20_000);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(3, 0)]
    [InlineData(3, 4)]
    [InlineData(17, 9)]
    public void A_quorum_that_cannot_be_is_a_bug(int owners, int needed) => Assert.Throws<InvariantException>(() => new WriteQuorum(owners, needed));

    [Fact]
    public void An_answer_from_no_owner_is_a_bug()
    {
        var quorum = new WriteQuorum(3, 2);
        Assert.Throws<InvariantException>(() => quorum.AddStored(3));
        Assert.Throws<InvariantException>(() => quorum.AddLost(-1));
    }

    [Fact]
    public void The_fold_allocates_nothing()
    {
        var sum = 0;
        Allocations.None(() =>
        {
            var quorum = new WriteQuorum(3, 2);
            quorum.AddRefused(0);
            quorum.AddStored(1);
            quorum.AddLost(2);
            sum += (int)quorum.State;
        });
        Assert.NotEqual(0, sum);
    }

    private static void Add(ref WriteQuorum quorum, int owner, char what)
    {
        switch (what)
        {
            case 's':
                quorum.AddStored(owner);
                break;
            case 'r':
                quorum.AddRefused(owner);
                break;
            case 'l':
                quorum.AddLost(owner);
                break;
            case 'u':
                quorum.AddUnreachable(owner);
                break;
            case 'L':
                quorum.AddLost(owner);
                quorum.AddUnreachable(owner);
                break;
            case 'A':
                quorum.AddStandInAsked(owner);
                break;
            case 'S':
                quorum.AddStandInStored(owner);
                break;
            case 'R':
                quorum.AddStandInRefused(owner);
                break;
            case '?':
                quorum.AddStandInLost(owner);
                break;
            default:
                break;
        }
    }
}
