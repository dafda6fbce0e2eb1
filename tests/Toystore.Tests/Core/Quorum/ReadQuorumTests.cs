using Toystore.Core;
using Toystore.Core.Quorum;
using Toystore.Core.Versions;

namespace Toystore.Tests.Core.Quorum;

/// <summary>
/// Scripts name what each owner answered: <c>0=a</c> owner 0 gave container a, <c>1#a</c> owner 1 its digest, <c>2?a</c> owner 2 does not know and still has a, <c>2!</c> owner 2 failed.
/// Containers: <c>-</c> nothing; <c>a</c>, <c>b</c> two concurrent writes; <c>ab</c> both; <c>c</c> a write that replaced a; <c>cb</c> c beside b; <c>d</c> a deleted.
/// </summary>
public sealed class ReadQuorumTests
{
    private static readonly Dot A = new(new ActorId(new NodeId(1), 0), new HybridTime(1));
    private static readonly Dot B = new(new ActorId(new NodeId(2), 0), new HybridTime(2));
    private static readonly Dot C = new(new ActorId(new NodeId(3), 0), new HybridTime(3));

    [Theory]
    [InlineData(1, 1, "", ReadState.Pending, "-")]
    [InlineData(1, 1, "0=a", ReadState.Agreed, "a")]
    [InlineData(1, 1, "0=-", ReadState.Agreed, "-")]
    [InlineData(1, 1, "0#a", ReadState.NeedsContainers, "-")]
    [InlineData(1, 1, "0#-", ReadState.NeedsContainers, "-")]
    [InlineData(1, 1, "0!", ReadState.Hopeless, "-")]
    [InlineData(1, 1, "0?a", ReadState.Hopeless, "a")]
    [InlineData(2, 1, "0!", ReadState.Pending, "-")]
    [InlineData(2, 1, "0! 1=a", ReadState.Agreed, "a")]
    [InlineData(2, 2, "0! 1=a", ReadState.Hopeless, "a")]
    [InlineData(3, 2, "", ReadState.Pending, "-")]
    [InlineData(3, 2, "0=a", ReadState.Pending, "a")]
    [InlineData(3, 2, "0#a", ReadState.Pending, "-")]
    [InlineData(3, 2, "0!", ReadState.Pending, "-")]
    [InlineData(3, 2, "0=a 1#a", ReadState.Agreed, "a")]
    [InlineData(3, 2, "0=a 1=a", ReadState.Agreed, "a")]
    [InlineData(3, 2, "0=- 1#-", ReadState.Agreed, "-")]
    [InlineData(3, 2, "0#a 1#a", ReadState.NeedsContainers, "-")]
    [InlineData(3, 2, "0=a 1#b", ReadState.NeedsContainers, "a")]
    [InlineData(3, 2, "0=a 1#-", ReadState.NeedsContainers, "a")]
    [InlineData(3, 2, "0=- 1#a", ReadState.NeedsContainers, "-")]
    [InlineData(3, 2, "0=a 1=b", ReadState.NeedsRepair, "ab")]
    [InlineData(3, 2, "0=a 1=-", ReadState.NeedsRepair, "a")]
    [InlineData(3, 2, "0=a 1=c", ReadState.NeedsRepair, "c")]
    [InlineData(3, 2, "0=a 1=d", ReadState.NeedsRepair, "d")]
    [InlineData(3, 2, "0=c 1=d", ReadState.NeedsRepair, "c")]
    [InlineData(3, 2, "0=- 1=d", ReadState.NeedsRepair, "d")]
    [InlineData(3, 2, "0=d 1#-", ReadState.Agreed, "d")]
    [InlineData(3, 2, "0=ab 1=c", ReadState.NeedsRepair, "cb")]
    [InlineData(3, 2, "0=a 1#a 2#a", ReadState.Agreed, "a")]
    [InlineData(3, 2, "0=a 1#a 2#b", ReadState.NeedsContainers, "a")]
    [InlineData(3, 2, "0=a 1#a 2!", ReadState.Agreed, "a")]
    [InlineData(3, 2, "0=a 1#b 2!", ReadState.NeedsContainers, "a")]
    [InlineData(3, 2, "0=a 1! 2!", ReadState.Hopeless, "a")]
    [InlineData(3, 2, "0! 1! 2!", ReadState.Hopeless, "-")]
    [InlineData(3, 2, "0#a 1! 2!", ReadState.Hopeless, "-")]
    [InlineData(3, 2, "0=a 1?-", ReadState.Pending, "a")]
    [InlineData(3, 2, "0=a 1?- 2#a", ReadState.Agreed, "a")]
    [InlineData(3, 2, "0=a 1?b 2#a", ReadState.NeedsContainers, "ab")]
    [InlineData(3, 2, "0=a 1?b 2=a", ReadState.NeedsRepair, "ab")]
    [InlineData(3, 2, "0=d 1?a 2=d", ReadState.Agreed, "d")]
    [InlineData(3, 2, "0=- 1?a 2#-", ReadState.NeedsContainers, "a")]
    [InlineData(3, 2, "0=- 1?a 2=d", ReadState.NeedsRepair, "d")]
    [InlineData(3, 2, "0=a 1?- 2?-", ReadState.Hopeless, "a")]
    [InlineData(3, 2, "0=a 1?- 2!", ReadState.Hopeless, "a")]
    [InlineData(3, 3, "0=a 1#a", ReadState.Pending, "a")]
    [InlineData(3, 3, "0=a 1#a 2#a", ReadState.Agreed, "a")]
    [InlineData(3, 3, "0=a 1#a 2!", ReadState.Hopeless, "a")]
    [InlineData(5, 3, "0=a 1#a", ReadState.Pending, "a")]
    [InlineData(5, 3, "0=a 1#a 2#a", ReadState.Agreed, "a")]
    [InlineData(5, 3, "0=a 1#a 2#b", ReadState.NeedsContainers, "a")]
    [InlineData(5, 3, "0=a 1=a 2=b", ReadState.NeedsRepair, "ab")]
    [InlineData(5, 3, "0=a 1=b 2=ab", ReadState.NeedsRepair, "ab")]
    [InlineData(5, 3, "0=ab 1=ab 2=ab", ReadState.Agreed, "ab")]
    [InlineData(5, 3, "0=ab 1#ab 2#ab 3! 4!", ReadState.Agreed, "ab")]
    [InlineData(5, 3, "0=a 1#a 2! 3!", ReadState.Pending, "a")]
    [InlineData(5, 3, "0=a 1#a 2! 3! 4?a", ReadState.Hopeless, "a")]
    [InlineData(5, 3, "0=a 1#a 2? 3! 4#a", ReadState.Agreed, "a")]
    [InlineData(5, 3, "0=c 1#c 2=a 3=b 4!", ReadState.NeedsContainers, "cb")]
    [InlineData(5, 3, "0=c 1=c 2=a 3=b 4?d", ReadState.NeedsRepair, "cb")]
    public void A_read_stands_where_its_answers_put_it_in_every_order(int owners, int needed, string script, ReadState state, string merged)
    {
        foreach (var order in Orders(script.Split(' ', StringSplitOptions.RemoveEmptyEntries)))
        {
            var quorum = Fold(owners, needed, order);
            Assert.Equal(state, quorum.State);
            Assert.Equal(Make(merged).Digest, quorum.Merged.Digest);
        }
    }

    [Theory] // three owners and up to three stand-ins, 3 to 5: 3+a is what the first of them holds
    [InlineData(2, 0, "0=a 1! 2!", ReadState.Hopeless, "a")]
    [InlineData(2, 1, "0=a 1! 2!", ReadState.Pending, "a")]
    [InlineData(2, 1, "0=a 1! 2! 3+a", ReadState.Agreed, "a")]
    [InlineData(2, 1, "0=a 1! 2! 3+-", ReadState.Hopeless, "a")]
    [InlineData(2, 1, "0=- 1! 2! 3+-", ReadState.Hopeless, "-")]
    [InlineData(2, 1, "0=- 1=- 2! 3+-", ReadState.Agreed, "-")]
    [InlineData(2, 1, "0=- 1! 2! 3+a", ReadState.NeedsRepair, "a")]
    [InlineData(2, 1, "0=a 1! 2! 3+b", ReadState.NeedsRepair, "ab")]
    [InlineData(2, 1, "0=ab 1! 2! 3+b", ReadState.Agreed, "ab")]
    [InlineData(2, 1, "0=c 1! 2! 3+a", ReadState.Agreed, "c")]
    [InlineData(2, 1, "0=a 1! 2! 3+c", ReadState.NeedsRepair, "c")]
    [InlineData(2, 1, "0#a 1! 2! 3+a", ReadState.Agreed, "a")]
    [InlineData(2, 1, "0#a 1! 2! 3+b", ReadState.NeedsContainers, "b")]
    [InlineData(2, 1, "0=a 1=a 3+b", ReadState.NeedsRepair, "ab")]
    [InlineData(2, 2, "0! 1! 2! 3+a 4+b", ReadState.Agreed, "ab")]
    [InlineData(2, 2, "0! 1! 2! 3+a 4+-", ReadState.Hopeless, "a")]
    [InlineData(2, 2, "0! 1! 2! 3+a 4!", ReadState.Hopeless, "a")]
    [InlineData(2, 3, "0! 1! 2! 3+a 4+-", ReadState.Pending, "a")]
    [InlineData(1, 1, "0! 1! 2! 3+d", ReadState.Agreed, "d")]
    [InlineData(1, 1, "0! 1! 2! 3+-", ReadState.Hopeless, "-")]
    [InlineData(1, 1, "0?a 1! 2! 3+b", ReadState.Agreed, "ab")]
    public void What_a_stand_in_has_is_an_answer_and_that_it_has_nothing_is_none(int needed, int standIns, string script, ReadState state, string merged)
    {
        foreach (var order in Orders(script.Split(' ')))
        {
            var quorum = Fold(3, needed, order, standIns);
            Assert.Equal(state, quorum.State);
            Assert.Equal(Make(merged).Digest, quorum.Merged.Digest);
            Assert.Equal(order.Count(answer => answer[1] == '+' && answer[2..] != "-"), quorum.StandIns);
        }
    }

    [Fact]
    public void A_stand_in_restores_nobody()
    {
        var quorum = Fold(3, 2, "0=a 1?- 2! 3+a".Split(' '), standIns: 1);
        Assert.False(quorum.CanRestore);
        Assert.Equal([false, true, false], Enumerable.Range(0, 3).Select(quorum.IsStale));
    }

    [Theory] // one owner, heard of more than once
    [InlineData(1, 1, "0#a 0=a", ReadState.Agreed)]
    [InlineData(1, 1, "0=a 0#a", ReadState.Agreed)]
    [InlineData(1, 1, "0=a 0#b", ReadState.Agreed)]
    [InlineData(1, 1, "0=a 0!", ReadState.Agreed)]
    [InlineData(1, 1, "0! 0=a", ReadState.Agreed)]
    [InlineData(1, 1, "0#a 0!", ReadState.Hopeless)]
    [InlineData(1, 1, "0?a 0!", ReadState.Hopeless)]
    [InlineData(1, 1, "0=a 0?a", ReadState.Hopeless)]
    [InlineData(3, 2, "0=a 0=a", ReadState.Pending)]
    [InlineData(3, 2, "0=a 0=b", ReadState.Pending)]
    [InlineData(3, 2, "0=a 1#b 1!", ReadState.Pending)]
    [InlineData(3, 2, "0=a 1#b 1! 2#a", ReadState.Agreed)]
    [InlineData(3, 2, "0=a 1#b 1=b", ReadState.NeedsRepair)]
    [InlineData(3, 2, "0=a 1#b 1=a", ReadState.Agreed)]
    [InlineData(3, 2, "0=a 1=b 0=ab 1=ab", ReadState.Agreed)]
    public void An_owner_counts_once_however_often_it_is_heard_of(int owners, int needed, string script, ReadState state) =>
        Assert.Equal(state, Fold(owners, needed, script.Split(' ')).State);

    [Fact]
    public void Those_who_lack_something_are_named_for_repair()
    {
        var quorum = Fold(5, 3, "0=a 1=ab 2=c 3?- 4!".Split(' '));
        Assert.Equal(ReadState.NeedsRepair, quorum.State);
        Assert.Equal([true, true, true, true, false], Enumerable.Range(0, 5).Select(quorum.IsStale));
        quorum.AddContainer(1, quorum.Merged);
        Assert.Equal([true, false, true, true, false], Enumerable.Range(0, 5).Select(quorum.IsStale));
        Assert.Equal([false, true, false, false, false], Enumerable.Range(0, 5).Select(quorum.HoldsMerged));
        Assert.True(quorum.IsUnknowing(3));
    }

    [Fact]
    public void Only_owners_behind_a_digest_are_asked_for_their_containers()
    {
        var quorum = Fold(5, 3, "0=a 1#b 2?- 3!".Split(' '));
        Assert.Equal([false, true, false, false, false], Enumerable.Range(0, 5).Select(quorum.NeedsContainer));
        Assert.Equal([false, false, false, false, true], Enumerable.Range(0, 5).Select(quorum.IsAwaited));
    }

    [Fact]
    public void An_owner_that_missed_a_delete_does_not_count_as_holding_it()
    {
        var quorum = Fold(3, 2, "0=a 1=d 2=-".Split(' '));
        Assert.Equal([false, true, false], Enumerable.Range(0, 3).Select(quorum.HoldsMerged));
    }

    [Theory]
    [InlineData("0=- 1#- 2?a", false)] // owner 1 may have seen it deleted
    [InlineData("0=- 1=d 2?a", true)]
    [InlineData("0=a 2?a", false)]
    public void An_unknowing_owner_is_restored_from_containers_only(string script, bool can) => Assert.Equal(can, Fold(3, 2, script.Split(' ')).CanRestore);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(3, 0)]
    [InlineData(3, 4)]
    [InlineData(17, 9)]
    public void A_quorum_that_cannot_be_is_a_bug(int owners, int needed) => Assert.Throws<InvariantException>(() => new ReadQuorum(owners, needed));

    [Fact]
    public void An_answer_from_no_owner_is_a_bug()
    {
        var quorum = new ReadQuorum(3, 2);
        Assert.Throws<InvariantException>(() => quorum.AddDigest(3, 0));
        Assert.Throws<InvariantException>(() => quorum.AddFailure(-1));
    }

    [Fact]
    public void Sixteen_owners_are_not_too_many()
    {
        var quorum = new ReadQuorum(16, 9);
        quorum.AddContainer(15, Make("a"));
        for (var i = 0; i < 8; i++)
        {
            quorum.AddDigest(i, Make("a").Digest);
        }

        Assert.Equal(ReadState.Agreed, quorum.State);
    }

    [Fact]
    public void The_fold_allocates_nothing_while_all_agree()
    {
        var container = Make("ab");
        var digest = container.Digest;
        var sum = 0;
        Allocations.None(() =>
        {
            var quorum = new ReadQuorum(3, 2);
            quorum.AddFailure(2);
            quorum.AddDigest(1, digest);
            quorum.AddContainer(0, container);
            sum += quorum.State == ReadState.Agreed && quorum.HoldsMerged(1) ? 1 : 0;
        });
        Assert.NotEqual(0, sum);
    }

    private static ReadQuorum Fold(int owners, int needed, IEnumerable<string> answers, int standIns = 0)
    {
        var quorum = new ReadQuorum(owners, needed, standIns);
        foreach (var answer in answers)
        {
            var owner = answer[0] - '0';
            var container = Make(answer[2..]);
            switch (answer[1])
            {
                case '=':
                    quorum.AddContainer(owner, container);
                    break;
                case '+':
                    quorum.AddStandIn(owner, container);
                    break;
                case '#':
                    quorum.AddDigest(owner, container.Digest);
                    break;
                case '?':
                    quorum.AddUnknowing(owner, container);
                    break;
                default:
                    quorum.AddFailure(owner);
                    break;
            }
        }

        return quorum;
    }

    private static Container Make(string name)
    {
        var a = Container.Empty.Put(new Sibling(A, default), default);
        var b = Container.Empty.Put(new Sibling(B, default), default);
        return name switch
        {
            "" or "-" => Container.Empty,
            "a" => a,
            "b" => b,
            "ab" => a.Merge(b),
            "c" => a.Put(new Sibling(C, default), a.Context),
            "cb" => a.Put(new Sibling(C, default), a.Context).Merge(b),
            "d" => Container.TryCreate([], a.Context, out var bare) ? bare : throw new ArgumentException(name),
            _ => throw new ArgumentException(name),
        };
    }

    private static IEnumerable<string[]> Orders(string[] answers)
    {
        if (answers.Length <= 1)
        {
            yield return answers;
        }

        for (var first = 0; answers.Length > 1 && first < answers.Length; first++)
        {
            foreach (var rest in Orders([.. answers[..first], .. answers[(first + 1)..]]))
            {
                yield return [answers[first], .. rest];
            }
        }
    }
}
