using CsCheck;
using Toystore.Core;
using Toystore.Core.Quorum;
using Toystore.Core.Versions;
using Toystore.Tests.Core.Versions;

namespace Toystore.Tests.Core.Quorum;

public sealed class ReadQuorumPropertyTests
{
    private enum Answer
    {
        None,
        Container,
        Digest,
        Unknowing,
        Failure,
    }

    private enum Second
    {
        Concurrent,
        Replacing,
        Deleting,
    }

    [Fact]
    public void The_fold_decides_as_the_definition_does_whatever_the_order() =>
        Gen.Select(Causality.Steps, Gen.Int[1, 5], Gen.Int[1, 5], Gen.Select(Gen.Enum<Answer>(), Gen.Int[0, 10_000]).Array[5], Gen.Int).Sample((steps, n, r, answers, seed) =>
        {
            r = Math.Min(n, r);
            var world = new Causality(steps);
            var given = answers.Take(n).Select((a, owner) => (Owner: owner, What: a.Item1, Held: world.At(a.Item2 % 5 < 2 ? 1 : a.Item2))).ToArray();
            var quorum = new ReadQuorum(n, r);
            var order = given.ToArray();
            new Random(seed).Shuffle(order);
            foreach (var (owner, what, held) in order)
            {
                Add(ref quorum, owner, what, held.Container);
            }

            var (state, merged) = Decide(r, given);
            Assert.Equal(state, quorum.State);
            Assert.True(Causality.AreSame(merged.Container, quorum.Merged));
            foreach (var (owner, what, held) in given)
            {
                var lacks = !HasAll(what, held, merged);
                Assert.Equal(what is Answer.Container or Answer.Digest && !lacks, quorum.HoldsMerged(owner));
                Assert.Equal(what == Answer.Unknowing || (what == Answer.Container && lacks), quorum.IsStale(owner));
                Assert.Equal(what == Answer.None, quorum.IsAwaited(owner));
            }
        }, iter: 5_000);

    [Theory] // Dynamo §4.5: "setting R and W such that R + W > N yields a quorum-like system"; every outcome of two writes, every read
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void With_overlapping_quorums_a_read_sees_every_completed_write(int n)
    {
        for (var w = 1; w <= n; w++)
        {
            for (var r = n - w + 1; r <= n; r++)
            {
                foreach (var second in Enum.GetValues<Second>())
                {
                    for (var sets = 0; sets < 1 << (2 * n); sets++)
                    {
                        CheckAllReads(n, r, w, second, sets & ((1 << n) - 1), sets >> n);
                    }
                }
            }
        }
    }

    /// <summary>The first write reached the owners in <paramref name="first"/>, the second those in <paramref name="reached"/>, with the lowest of these as its coordinator.</summary>
    private static void CheckAllReads(int n, int r, int w, Second second, int first, int reached)
    {
        var one = new Sibling(new Dot(new ActorId(new NodeId(1), 1), new HybridTime(1)), default);
        var two = new Sibling(new Dot(new ActorId(new NodeId(2), 1), new HybridTime(2)), default);
        var written = Container.Empty.Put(one, default);
        var owners = Enumerable.Range(0, n).Select(i => Has(first, i) ? written : Container.Empty).ToArray();
        if (reached != 0)
        {
            var own = owners[System.Numerics.BitOperations.TrailingZeroCount(reached)];
            var sent = second switch
            {
                Second.Concurrent => own.Put(two, default),
                Second.Replacing => own.Put(two, written.Context),
                _ => own.Put(new Sibling(two.Dot, default, kind: ValueKind.Tombstone), written.Context),
            };
            owners = [.. owners.Select((held, i) => Has(reached, i) ? held.Merge(sent) : held)];
        }

        bool firstIsComplete = Count(first) >= w, secondIsComplete = Count(reached) >= w;
        for (var asked = 0; asked < 1 << n; asked++)
        {
            if (Count(asked) != r)
            {
                continue;
            }

            for (var whole = 0; whole < n; whole++)
            {
                if (!Has(asked, whole))
                {
                    continue;
                }

                var quorum = Read(owners, r, asked, whole);
                var live = quorum.Merged.Siblings.ToArray();
                bool seesFirst = live.Contains(one), seesSecond = live.Contains(two);
                if (secondIsComplete)
                {
                    Assert.Equal(second != Second.Deleting, seesSecond);
                    Assert.True(second == Second.Concurrent || !seesFirst, "a completed write or delete lets nothing live that it replaced");
                }

                if (firstIsComplete)
                {
                    var knowsSecond = second == Second.Deleting ? Enumerable.Range(0, n).Any(i => Has(asked & reached, i)) : seesSecond;
                    Assert.True(seesFirst || (second != Second.Concurrent && knowsSecond), "a completed write is seen, or what replaced it is");
                }

                if (quorum.CanRestore && secondIsComplete && second == Second.Deleting)
                {
                    Assert.True(quorum.Merged.Context.Covers(one.Dot), "an owner restored from a read remembers the delete");
                }
            }
        }
    }

    private static ReadQuorum Read(Container[] owners, int r, int asked, int whole)
    {
        var quorum = new ReadQuorum(owners.Length, r);
        for (var i = 0; i < owners.Length; i++)
        {
            Add(ref quorum, i, !Has(asked, i) ? Answer.None : i == whole ? Answer.Container : Answer.Digest, owners[i]);
        }

        for (var i = 0; i < owners.Length && quorum.State == ReadState.NeedsContainers; i++)
        {
            if (quorum.NeedsContainer(i))
            {
                quorum.AddContainer(i, owners[i]);
            }
        }

        Assert.True(quorum.State is ReadState.Agreed or ReadState.NeedsRepair);
        return quorum;
    }

    private static (ReadState State, Traced Merged) Decide(int r, (int Owner, Answer What, Traced Held)[] given)
    {
        var merged = given.Where(g => g.What is Answer.Container or Answer.Unknowing).Aggregate(Traced.Nothing, (sum, g) => sum.Merge(g.Held));
        var answers = given.Where(g => g.What is Answer.Container or Answer.Digest).ToArray();
        var possible = answers.Length + given.Count(g => g.What == Answer.None);
        var agree = answers.Any(g => g.What == Answer.Container)
            && answers.All(g => HasAll(g.What, g.Held, merged));
        var state = possible < r ? ReadState.Hopeless
            : answers.Length < r ? ReadState.Pending
            : agree ? ReadState.Agreed
            : answers.Any(g => g.What == Answer.Digest) ? ReadState.NeedsContainers
            : ReadState.NeedsRepair;
        return (state, merged);
    }

    // The same live values; and, as far as that is known, all that was seen above the floor.
    private static bool HasAll(Answer what, Traced held, Traced merged) =>
        Dots(held).SetEquals(Dots(merged)) && (what != Answer.Container || held.Known.IsSupersetOf(merged.Known.Where(dot => dot.Time > merged.Container.Context.Floor)));

    private static HashSet<Dot> Dots(Traced held) => [.. held.Container.Siblings.ToArray().Select(sibling => sibling.Dot)];

    private static void Add(ref ReadQuorum quorum, int owner, Answer what, Container held)
    {
        switch (what)
        {
            case Answer.Container:
                quorum.AddContainer(owner, held);
                break;
            case Answer.Digest:
                quorum.AddDigest(owner, held.Digest);
                break;
            case Answer.Unknowing:
                quorum.AddUnknowing(owner, held);
                break;
            case Answer.Failure:
                quorum.AddFailure(owner);
                break;
            default:
                break;
        }
    }

    private static bool Has(int set, int member) => (set & (1 << member)) != 0;

    private static int Count(int set) => System.Numerics.BitOperations.PopCount((uint)set);
}
