using Toystore.Core;
using Toystore.Core.Healing;
using Toystore.Core.Placement;
using Toystore.Core.Versions;
using Toystore.Tests.Core.Placement;

namespace Toystore.Tests.Core.Healing;

/// <summary>The members of a cluster, each with its rounds, as far as floors go: marks, clocks, what they hold for others. N = 3. A margin of 10 ms.</summary>
internal sealed class FloorPack
{
    public static readonly TimeSpan Margin = TimeSpan.FromMilliseconds(10);
    private readonly Ring _ring;
    private ulong _generations;

    public FloorPack(int members = 3)
    {
        var topology = Clusters.Topology(Clusters.Of(members));
        _ring = new Ring(topology);
        Topology = topology;
        Members = [.. topology.Members.ToArray().Select(member => new PackMember(member.Id, _ring, Draw(member.Id)))];
    }

    public Topology Topology { get; }

    public IReadOnlyList<PackMember> Members { get; }

    public PackMember this[int member] => Members[member];

    /// <summary>A reading so many milliseconds after the beginning.</summary>
    public static HybridTime At(int milliseconds) => HybridTime.At(new UnixTime(1_000_000 + milliseconds));

    /// <summary>The owners of a slot, as indexes of members.</summary>
    public int[] OwnersOf(Slot slot) => [.. _ring.Owners(slot).ToArray().Select(owner => Members.ToList().FindIndex(member => member.Id == owner))];

    public void SetClocks(int milliseconds)
    {
        foreach (var member in Members)
        {
            member.Clock = At(milliseconds);
        }
    }

    /// <summary>The process ends; another begins with the same mark.</summary>
    public void Restart(int member) => Members[member].Begin(_ring, Draw(Members[member].Id));

    /// <summary>One round of reports. Returns how many slots have a ticket from it.</summary>
    public int Ask(int asker)
    {
        var round = new ReportRound(Topology);
        foreach (var member in Members)
        {
            round.Add(member.Id, member.Report(this[asker].Rounds.Goal));
        }

        return this[asker].Rounds.Complete(round);
    }

    /// <summary>Two rounds of reports by every member: the first finds out how far marks may go, the second marks, and confirms.</summary>
    public void AskTwice()
    {
        for (var round = 0; round < 2; round++)
        {
            for (var asker = 0; asker < Members.Count; asker++)
            {
                Ask(asker);
            }
        }
    }

    public ExchangeTerms Terms(int member, params Slot[] slots) => this[member].Terms(new SlotSet(slots));

    /// <summary>An exchange from its beginning to its end, all slots settled.</summary>
    public void Exchange(int one, int other, params Slot[] slots) => Finish(one, other, Terms(one, slots), Terms(other, slots), slots);

    /// <summary>The end of an exchange that began with these terms.</summary>
    public void Finish(int one, int other, ExchangeTerms first, ExchangeTerms second, params Slot[] slots)
    {
        var settled = new SlotSet(slots);
        var told = this[one].Rounds.RowOf(settled, first, second);
        if (this[other].Rounds.Agree(second, first, settled))
        {
            this[other].Rounds.Hear(this[one].Id, told);
            var back = this[other].Rounds.RowOf(settled, second, first);
            if (this[one].Rounds.Agree(first, second, settled))
            {
                this[one].Rounds.Hear(this[other].Id, back);
            }
        }
    }

    /// <summary>Every pair of a slot's owners, one after the other.</summary>
    public void ExchangeAll(params Slot[] slots)
    {
        var owners = OwnersOf(slots[0]);
        for (var one = 0; one < owners.Length; one++)
        {
            for (var other = one + 1; other < owners.Length; other++)
            {
                Exchange(owners[one], owners[other], slots);
            }
        }
    }

    private ActorId Draw(NodeId node) => new(node, ++_generations);
}

/// <summary>A member: its rounds, and what it would say in a report.</summary>
internal sealed class PackMember
{
    public PackMember(NodeId id, Ring ring, ActorId process)
    {
        Id = id;
        Clock = FloorPack.At(0);
        Begin(ring, process);
    }

    public NodeId Id { get; }

    public HybridTime Clock { get; set; }

    public HybridTime Mark { get; set; }

    public SlotSet Held { get; set; } = new();

    public ulong Drops { get; set; }

    public SlotReadings Floors { get; } = new();

    public FloorRounds Rounds { get; private set; } = null!;

    public void Begin(Ring ring, ActorId process)
    {
        Rounds = new FloorRounds(ring, Id, process, FloorPack.Margin);
        Drops = 0;
    }

    public MemberReport Report(HybridTime goal)
    {
        Mark = FloorRounds.MarkFor(goal, Clock, FloorPack.Margin, Mark);
        return new MemberReport(Rounds.Process, Mark, Clock, Held, Drops);
    }

    public ExchangeTerms Terms(SlotSet slots) => Rounds.TermsFor(slots, Floors, SlotSet.All());
}
