using CsCheck;
using Toystore.Core;
using Toystore.Core.Healing;
using Toystore.Core.Placement;
using Toystore.Core.Versions;
using Toystore.Storage;

namespace Toystore.Tests.Core.Healing;

public sealed class ExchangeTests
{
    private static readonly Gen<(int What, int Who, int Key)[]> Writes = Gen.Select(Gen.Int[0, 9], Gen.Int[0, 2], Gen.Int[0, 199]).Array[1, 300];

    [Fact]
    public void Two_equal_replicas_compare_in_one_question()
    {
        var (left, right) = Alike(2_000);
        var talk = new Conversation(left, right);
        var result = talk.Run();
        Assert.Equal(2, talk.Messages);
        Assert.InRange(talk.Bytes, 1, 1500);
        Assert.Equal(Slot.Count, result.Settled.Count);
        Assert.Empty(result.Repairs);
    }

    [Fact]
    public void Two_replicas_become_equal_whatever_was_written_to_which() => Writes.Sample(writes =>
    {
        var replicas = Replicas(2);
        Play(replicas, writes);
        Settle(replicas[0], replicas[1]);
        AssertEqual(replicas[0], replicas[1]);
        AssertTreesTrue(replicas[0]);
    }, iter: 100, threads: 1);

    [Fact]
    public void Three_replicas_become_equal_once_each_pair_has_talked_twice() => Writes.Sample(writes =>
    {
        var replicas = Replicas(3);
        Play(replicas, writes);
        foreach (var (one, other) in new[] { (0, 1), (1, 2), (2, 0), (0, 1), (1, 2) })
        {
            Settle(replicas[one], replicas[other]);
        }

        AssertEqual(replicas[0], replicas[1]);
        AssertEqual(replicas[1], replicas[2]);
    }, iter: 60, threads: 1);

    [Fact]
    public void What_either_held_before_the_exchange_both_hold_of_every_settled_slot_whatever_is_written_meanwhile() =>
        Gen.Select(Writes, Writes, Gen.Int[1, 5]).Sample((before, meanwhile, pace) =>
        {
            var replicas = Replicas(2);
            Play(replicas, before);
            var held = replicas.Select(replica => replica.All.ToList()).ToArray();
            var steps = 0;
            var result = new Conversation(replicas[0], replicas[1])
            {
                Meanwhile = _ => Play(replicas, [.. meanwhile.Skip(steps++ * pace).Take(pace)]),
            }.Run();

            for (var side = 0; side < 2; side++)
            {
                foreach (var (key, container) in held[side].Where(record => result.Settled.Contains(Slot.Of(record.Key))))
                {
                    var there = replicas[1 - side].Get(key);
                    Assert.True(VersionsHash.AreSame(there, there.Merge(container)), $"{key}: {container} is news to {there}");
                }
            }

            Settle(replicas[0], replicas[1]);
            AssertEqual(replicas[0], replicas[1]);
        }, iter: 100, threads: 1);

    [Fact]
    public void A_write_that_arrives_during_the_pause_costs_no_look_at_any_key()
    {
        var (left, right) = Alike(500);
        left.Put("late");
        var talk = new Conversation(left, right)
        {
            Meanwhile = step =>
            {
                Assert.IsNotType<ExchangeStep.List>(step);
                if (step is ExchangeStep.Pause)
                {
                    right.Merge("late", left.Get("late"));
                }
            },
        };
        Assert.Equal(SlotVerdict.Equal, talk.Run().Of(Slot.Of("late")));
    }

    [Fact]
    public void A_write_that_arrives_during_the_second_pause_costs_no_look_at_any_key()
    {
        var (left, right) = Alike(500);
        left.Put("late");
        var pauses = 0;
        var talk = new Conversation(left, right)
        {
            Meanwhile = step =>
            {
                Assert.IsNotType<ExchangeStep.List>(step);
                if (step is ExchangeStep.Pause && ++pauses == 2)
                {
                    right.Merge("late", left.Get("late"));
                }
            },
        };
        Assert.Equal(SlotVerdict.Equal, talk.Run().Of(Slot.Of("late")));
        Assert.Equal(2, pauses);
    }

    [Fact]
    public void A_key_that_is_written_between_list_and_fetch_arrives_as_it_is_then()
    {
        var (left, right) = Alike(500);
        left.Put("key-7");
        right.Put("new");
        var talk = new Conversation(left, right)
        {
            Meanwhile = step =>
            {
                if (step is ExchangeStep.Fetch)
                {
                    left.Put("key-7");
                }
                else if (step is ExchangeStep.Ask { Request: ExchangeRequest.Records })
                {
                    right.Put("new");
                }
            },
        };
        var result = talk.Run();
        Assert.Equal(SlotVerdict.Repaired, result.Of(Slot.Of("key-7")));
        Assert.Equal(SlotVerdict.Repaired, result.Of(Slot.Of("new")));
        AssertEqual(left, right);
    }

    [Fact]
    public void A_key_that_has_gone_between_list_and_fetch_is_no_difference()
    {
        var (left, right) = Alike(500);
        left.Put("gone");
        var talk = new Conversation(left, right)
        {
            Meanwhile = step =>
            {
                if (step is ExchangeStep.Fetch)
                {
                    left.Set("gone", Container.Empty);
                }
            },
        };
        Assert.NotEqual(SlotVerdict.Unfinished, talk.Run().Of(Slot.Of("gone")));
        AssertEqual(left, right);
    }

    [Fact]
    public void Both_sides_may_know_something_new_of_a_key()
    {
        var (left, right) = Alike(100);
        left.PutBlind("key-3");
        right.PutBlind("key-3");
        right.PutBlind("key-3");
        var result = new Conversation(left, right).Run();
        Assert.Equal(SlotVerdict.Repaired, result.Of(Slot.Of("key-3")));
        Assert.Equal(4, left.Get("key-3").Siblings.Length);
        AssertEqual(left, right);
    }

    [Fact]
    public void The_side_that_is_behind_gets_the_record_and_sends_none()
    {
        var (left, right) = Alike(100);
        left.Put("key-1");
        right.Delete("key-2");
        var repairs = new Conversation(left, right).Run().Repairs;
        var first = Assert.Single(repairs, repair => repair.Slot == Slot.Of("key-1"));
        var second = Assert.Single(repairs, repair => repair.Slot == Slot.Of("key-2"));
        Assert.Equal((1, 0), (first.KeysSent, first.KeysReceived));
        Assert.Equal((0, 1), (second.KeysSent, second.KeysReceived));
        Assert.True(left.Get("key-2").IsTombstone);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Two_sides_compare_at_the_smaller_of_their_depths(bool leftIsDeeper)
    {
        var (left, right) = Alike(2_000, key => $"{{one}}{key}");
        var deep = leftIsDeeper ? left : right;
        deep.ScanWhatWantsIt();
        Assert.True(deep.Trees.DepthOf(Slot.Of("one")) > TreeShape.DepthMin);
        right.Put("{one}key-5");
        left.Put("{one}new");
        var talk = new Conversation(left, right);
        Assert.Equal(SlotVerdict.Repaired, talk.Run().Of(Slot.Of("one")));
        AssertEqual(left, right);
    }

    [Fact]
    public void A_tree_that_grows_in_the_middle_of_an_exchange_does_no_harm()
    {
        var (left, right) = Alike(2_000, key => $"{{one}}{key}");
        left.Put("{one}new");
        var talk = new Conversation(left, right)
        {
            Meanwhile = step =>
            {
                if (step is ExchangeStep.Pause)
                {
                    left.ScanWhatWantsIt();
                    right.ScanWhatWantsIt();
                }
            },
        };
        Assert.Equal(SlotVerdict.Repaired, talk.Run().Of(Slot.Of("one")));
        AssertEqual(left, right);
    }

    [Fact]
    public void A_slot_that_is_being_rebuilt_is_never_called_equal()
    {
        var (left, right) = Alike(500);
        var (here, there, soon, late) = (Slot.Of("key-1"), Slot.Of("key-2"), Slot.Of("key-3"), Slot.Of("key-4"));
        left.Put("key-3");
        left.Put("key-4");
        left.Trees.Doubt(here);
        right.Trees.Doubt(there);
        var pauses = 0;
        var result = new Conversation(left, right)
        {
            Meanwhile = step =>
            {
                if (step is ExchangeStep.Pause && ++pauses == 1)
                {
                    left.Trees.Doubt(soon);
                }
                else if (step is ExchangeStep.Pause)
                {
                    right.Trees.Doubt(late);
                }
            },
        }.Run();
        Assert.Equal(SlotVerdict.Rebuilding, result.Of(here));
        Assert.Equal(SlotVerdict.Unavailable, result.Of(there));
        Assert.Equal(SlotVerdict.Rebuilding, result.Of(soon));
        Assert.Equal(SlotVerdict.Unfinished, result.Of(late));
        Assert.Equal(Slot.Count - 4, result.Settled.Count);
    }

    [Fact]
    public void A_slot_that_the_other_side_does_not_own_is_not_compared()
    {
        var left = new PureReplica(1);
        var mine = SlotSet.All();
        mine.Remove(Slot.Of("a"));
        var right = new PureReplica(2) { Mine = mine };
        left.Put("a");
        left.Put("b");
        var result = new Conversation(left, right).Run();
        Assert.Equal(SlotVerdict.Unavailable, result.Of(Slot.Of("a")));
        Assert.Equal(SlotVerdict.Repaired, result.Of(Slot.Of("b")));
        Assert.True(right.Get("a").IsEmpty);
    }

    [Fact]
    public void A_slot_that_the_other_side_does_not_own_is_not_equal_because_both_hold_nothing()
    {
        var mine = SlotSet.All();
        mine.Remove(new Slot(300));
        var result = new Conversation(new PureReplica(1), new PureReplica(2) { Mine = mine }).Run();
        Assert.Equal(SlotVerdict.Unavailable, result.Of(new Slot(300)));
        Assert.Equal(Slot.Count - 1, result.Settled.Count);
    }

    [Theory]
    [InlineData(true, typeof(ExchangeStep.List), SlotVerdict.Unfinished, SlotVerdict.Unfinished)]
    [InlineData(true, typeof(ExchangeStep.Fetch), SlotVerdict.Unfinished, SlotVerdict.Repaired)]
    [InlineData(false, typeof(ExchangeStep.List), SlotVerdict.Unfinished, SlotVerdict.Unfinished)]
    [InlineData(false, typeof(ExchangeStep.Fetch), SlotVerdict.Repaired, SlotVerdict.Unfinished)]
    public void A_side_that_cannot_read_leaves_the_slot_unfinished(bool isLeft, Type step, SlotVerdict newOnTheLeft, SlotVerdict newOnTheRight)
    {
        var (left, right) = Alike(100);
        left.Put("left");
        right.Put("right");
        (isLeft ? left : right).Unreadable = step;
        var result = new Conversation(left, right).Run();
        Assert.Equal(newOnTheLeft, result.Of(Slot.Of("left")));
        Assert.Equal(newOnTheRight, result.Of(Slot.Of("right")));
    }

    [Fact]
    public void Only_the_slots_it_is_about_are_compared()
    {
        var left = new PureReplica(1);
        var right = new PureReplica(2);
        left.Put("a");
        left.Put("b");
        var result = new Conversation(left, right) { Slots = new SlotSet([Slot.Of("a")]) }.Run();
        Assert.Equal([Slot.Of("a")], result.Settled.Slots());
        Assert.True(right.Get("b").IsEmpty);
    }

    [Fact]
    public void The_ticket_is_the_lower_of_both_and_the_other_side_is_told_what_was_settled_under_it()
    {
        var (left, right) = Alike(100);
        (left.Ticket, right.Ticket) = (new HybridTime(70), new HybridTime(50));
        left.Put("key-1");
        right.Trees.Doubt(Slot.Of("key-2"));
        var talk = new Conversation(left, right);
        var result = talk.Run();
        Assert.Equal(new HybridTime(50), result.Ticket);
        Assert.Equal(new HybridTime(50), talk.Told!.Ticket);
        Assert.Equal(result.Settled.Slots(), talk.Told.Settled.Slots());
        Assert.Equal(Slot.Count - 1, result.Settled.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_side_that_cannot_store_leaves_the_slot_unfinished(bool isLeft)
    {
        var (left, right) = Alike(100);
        left.Put("key-1");
        right.Put("key-2");
        (isLeft ? left : right).IsFull = true;
        var result = new Conversation(left, right).Run();
        Assert.Equal(isLeft ? SlotVerdict.Repaired : SlotVerdict.Unfinished, result.Of(Slot.Of("key-1")));
        Assert.Equal(isLeft ? SlotVerdict.Unfinished : SlotVerdict.Repaired, result.Of(Slot.Of("key-2")));
    }

    [Fact]
    public void What_does_not_fit_into_one_exchange_is_left_to_the_next()
    {
        var (left, right) = Alike(100);
        for (var i = 0; i < 3_000; i++)
        {
            (i % 2 == 0 ? left : right).Put($"new-{i}", valueBytes: 100);
        }

        var slots = SlotSet.All();
        var limits = new ExchangeLimits(SlotsMax: 256, MessageBytes: 4096, ContainerBytes: 20_000);
        var rounds = 0;
        for (; slots.Count > 0; rounds++)
        {
            var talk = new Conversation(left, right) { Slots = slots, Limits = limits, Random = new Random(rounds) };
            var result = talk.Run();
            Assert.InRange(result.Repairs.Sum(repair => repair.BytesReceived + repair.BytesSent), 1, limits.ContainerBytes + (2 * limits.MessageBytes));
            Assert.InRange(result.Repairs.Count, 1, limits.SlotsMax);
            Assert.InRange(talk.LargestMessage, 1, limits.MessageBytes * 3 / 2);
            slots = result.Unfinished;
        }

        Assert.InRange(rounds, 12, 40);
        AssertEqual(left, right);
    }

    [Fact]
    public void No_message_has_more_to_read_or_to_merge_than_others_can_wait_for()
    {
        var (left, right) = Alike(10);
        for (var i = 0; i < 2_000; i++)
        {
            (i % 2 == 0 ? left : right).Put($"new-{i}");
        }

        var limits = new ExchangeLimits(SlotsMax: Slot.Count, MessageItems: 40);
        var (most, steps) = (0, 0);
        _ = new Conversation(left, right)
        {
            Limits = limits,
            Meanwhile = step =>
            {
                var items = step switch
                {
                    ExchangeStep.List list => list.Leaves.Count,
                    ExchangeStep.Fetch fetch => fetch.Wanted.Count,
                    ExchangeStep.Merge merge => merge.Records.Count,
                    ExchangeStep.Ask { Request: ExchangeRequest.Records records } => Math.Max(records.Pushed.Count, records.Wanted.Count),
                    _ => 0,
                };
                (most, steps) = (Math.Max(most, items), steps + (items > 0 ? 1 : 0));
            },
        }.Run();
        Assert.Equal(limits.MessageItems, most);
        Assert.InRange(steps, 2 * 2_000 / limits.MessageItems, 6 * 2_000 / limits.MessageItems);
        AssertEqual(left, right);
    }

    [Fact]
    public void A_tree_that_is_wrong_shows_as_a_phantom()
    {
        var (left, right) = Alike(100);
        left.Put("key-1");
        right.Corrupt("key-1", left.Get("key-1"));
        var result = new Conversation(left, right).Run();
        Assert.True(Assert.Single(result.Repairs).IsPhantom);
        Assert.Equal(SlotVerdict.Equal, result.Of(Slot.Of("key-1")));
    }

    [Fact]
    public void Two_keys_with_one_prefix_go_together()
    {
        var (first, second) = SamePrefix();
        var (left, right) = Alike(100);
        left.Put(first);
        right.Put(second);
        var result = new Conversation(left, right).Run();
        Assert.Equal(SlotVerdict.Repaired, result.Of(Slot.Of(first)));
        new Conversation(left, right).Run();
        AssertEqual(left, right);
    }

    [Fact]
    public void Hashes_that_only_look_alike_are_noticed()
    {
        var (left, right) = Alike(100);
        left.Put("key-1");
        var result = new Conversation(left, right)
        {
            Tamper = answer => answer switch
            {
                // As if the slot that differs had looked equal.
                ExchangeAnswer.Slots slots => new ExchangeAnswer.Slots([.. slots.Items.Select(item => item with { Differing = 0, Depths = [] })]),
                _ => answer,
            },
        }.Run();
        Assert.Equal(SlotVerdict.Unfinished, result.Of(Slot.Of("key-1")));

        result = new Conversation(left, right)
        {
            Tamper = answer => answer switch
            {
                ExchangeAnswer.Leaves leaves => new ExchangeAnswer.Leaves([.. leaves.Items.Select(item => item with { Differing = [0, 0] })]),
                _ => answer,
            },
        }.Run();
        Assert.Equal(SlotVerdict.Unfinished, result.Of(Slot.Of("key-1")));

        result = new Conversation(left, right)
        {
            Tamper = answer => answer switch
            {
                ExchangeAnswer.Lists lists => new ExchangeAnswer.Lists([.. lists.Items.Select(item => item with { Leaves = [.. item.Leaves!.Select(leaf => leaf with { Lacking = [] })] })]),
                _ => answer,
            },
        }.Run();
        Assert.Equal(SlotVerdict.Unfinished, result.Of(Slot.Of("key-1")));
    }

    [Fact]
    public void An_answer_that_does_not_fit_the_question_ends_the_exchange()
    {
        foreach (var bad in new ExchangeAnswer[]
        {
            ExchangeAnswer.Finished.Instance,
            new ExchangeAnswer.Slots([]),
            new ExchangeAnswer.Leaves([default]),
            new ExchangeAnswer.Lists([new SlotListsAnswer([], 1)]),
            new ExchangeAnswer.Lists([new SlotListsAnswer([new LeafAnswer([60_000], [])], 1)]),
            new ExchangeAnswer.Records([], []),
        })
        {
            var (left, right) = Alike(100);
            left.Put("key-1");
            right.Put("key-2");
            var result = new Conversation(left, right) { Tamper = answer => answer.GetType() == bad.GetType() || bad is ExchangeAnswer.Finished ? bad : answer }.Run();
            Assert.NotNull(result.Problem);
            Assert.Equal(SlotVerdict.Unfinished, result.Of(Slot.Of("key-1")));
        }
    }

    [Fact]
    public void An_exchange_that_is_stopped_keeps_what_it_found_out()
    {
        var (left, right) = Alike(100);
        left.Put("key-1");
        var exchange = new Exchange(left.Trees, SlotSet.All(), default, new ExchangeLimits(), new Random(1));
        var rows = (ExchangeRequest.Rows)((ExchangeStep.Ask)exchange.Begin(new Instant(5))).Request;
        exchange.Answered(ExchangeResponder.Answer(rows, right.Trees, SlotSet.All(), default), new Instant(6));
        var result = exchange.Stop("the other node is gone");
        Assert.Equal(Slot.Count - SlotSet.RowLength, result.Settled.Count);
        Assert.Equal(SlotVerdict.Unfinished, result.Of(Slot.Of("key-1")));
        Assert.Equal(new Instant(5), result.MomentOf(result.Settled.Slots().First()));
    }

    [Fact]
    public void A_verdict_says_when_what_it_rests_on_was_read()
    {
        var (left, right) = Alike(100);
        left.Put("key-1");
        var result = new Conversation(left, right).Run();
        var elsewhere = result.Settled.Slots().First(slot => slot.Index / SlotSet.RowLength != Slot.Of("key-1").Index / SlotSet.RowLength);
        var sameRow = result.Settled.Slots().First(slot => slot.Index / SlotSet.RowLength == Slot.Of("key-1").Index / SlotSet.RowLength && slot != Slot.Of("key-1"));
        Assert.Equal(new Instant(1), result.MomentOf(elsewhere));
        Assert.Equal(new Instant(2), result.MomentOf(sameRow)); // after the rows' answer
        Assert.Equal(new Instant(5), result.MomentOf(Slot.Of("key-1"))); // slots, pause, slots again
    }

    internal static (PureReplica Left, PureReplica Right) Alike(int keys, Func<string, string>? name = null)
    {
        var (left, right) = (new PureReplica(1), new PureReplica(2));
        for (var i = 0; i < keys; i++)
        {
            Key key = (name ?? (text => text))($"key-{i}");
            left.Put(key);
            right.Merge(key, left.Get(key));
        }

        return (left, right);
    }

    private static PureReplica[] Replicas(int count) => [.. Enumerable.Range(1, count).Select(node => new PureReplica((ulong)node))];

    private static void Play(PureReplica[] replicas, (int What, int Who, int Key)[] writes)
    {
        foreach (var (what, who, number) in writes)
        {
            var replica = replicas[who % replicas.Length];
            var other = replicas[(who + 1) % replicas.Length];
            Key key = number < 100 ? $"key-{number}" : $"{{tag}}{number}"; // half of them in one slot
            switch (what)
            {
                case < 3:
                    replica.Put(key);
                    break;
                case 3:
                    replica.PutBlind(key);
                    break;
                case 4:
                    replica.Delete(key);
                    break;
                default:
                    replica.Put(key);
                    other.Merge(key, replica.Get(key));
                    break;
            }
        }
    }

    /// <summary>Exchanges until every slot is settled: one in 65,536 leaves that differ looks equal to one exchange, and not to the next.</summary>
    private static void Settle(PureReplica left, PureReplica right)
    {
        var slots = SlotSet.All();
        for (var round = 0; slots.Count > 0; round++)
        {
            Assert.InRange(round, 0, 2);
            var result = new Conversation(left, right) { Slots = slots, Random = new Random(round) }.Run();
            Assert.Null(result.Problem);
            slots = result.Unfinished;
            Assert.Equal(result.Compared.Count, result.Settled.Count + slots.Count);
        }
    }

    internal static void AssertEqual(PureReplica left, PureReplica right)
    {
        Assert.Equal(Show(left), Show(right));

        static IEnumerable<string> Show(PureReplica replica) => replica.All.Select(record => $"{record.Key}: {string.Join(", ", record.Container.Siblings.ToArray().Select(sibling => sibling.Dot))}");
    }

    private static void AssertTreesTrue(PureReplica replica)
    {
        foreach (var slot in replica.All.GroupBy(record => Slot.Of(record.Key)))
        {
            Assert.True(replica.Trees.TryReadRoot(slot.Key, out var root));
            Assert.Equal(slot.Aggregate(0UL, (sum, record) => sum ^ VersionsHash.Of(new KeyHash(StoreKeyBytes.HashOf(record.Key)), record.Container).Value), root);
            Assert.Equal(slot.Count(), replica.Trees.KeysOf(slot.Key));
        }
    }

    /// <summary>Two keys of one slot whose hashes begin with the same 32 bits: found by birthday.</summary>
    private static (Key First, Key Second) SamePrefix()
    {
        var met = new Dictionary<KeyPrefix, Key>();
        for (var i = 0; ; i++)
        {
            Key key = $"{{tag}}{i}";
            if (!met.TryAdd(new KeyHash(StoreKeyBytes.HashOf(key)).Prefix, key))
            {
                return (met[new KeyHash(StoreKeyBytes.HashOf(key)).Prefix], key);
            }
        }
    }
}
