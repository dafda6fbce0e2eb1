using Toystore.Core;
using Toystore.Core.Healing;
using Toystore.Core.Placement;

namespace Toystore.Tests.Core.Placement;

/// <summary>A cluster to which things happen: members come, go and are lost while slots move, of which anybody has got anywhere. Every document is checked against the one before it.</summary>
internal sealed class RandomPast
{
    private readonly Random _random;
    private readonly MoveLimits _limits;
    private readonly int _zones;
    private readonly bool _isChecked;
    private int _next;

    /// <param name="seed">Of everything that is left to chance.</param>
    /// <param name="isChecked">False if only the documents are wanted.</param>
    public RandomPast(int seed, bool isChecked = true)
    {
        _isChecked = isChecked;
        _random = new Random(seed);
        _zones = _random.Next(1, 5);
        _limits = new MoveLimits(_random.Next(100, 6000), _random.Next(500, 12_000));
        var members = Enumerable.Range(0, _random.Next(1, 9)).Select(_ => NewMember()).ToArray();
        Now = Topology.Found(Clusters.Id, members, Quorums.Default, []);
    }

    public Topology Now { get; private set; }

    /// <summary>How many copies began to be made.</summary>
    public int Moved { get; private set; }

    /// <summary>The least that had to be: by what each change brought closer to nothing left to move.</summary>
    public int LeastPossible { get; private set; }

    /// <summary>How many changes were made, and how many were refused.</summary>
    public (int Made, int Refused) Changes { get; private set; }

    public Topology Run(int documents)
    {
        while (Now.Epoch.Number < (ulong)documents)
        {
            if (_random.Next(3) > 0)
            {
                Change();
            }

            for (var i = _random.Next(3); i > 0; i--)
            {
                Advance(SomeFacts());
            }
        }

        return Now;
    }

    public Topology Finish()
    {
        while (Advance(Now.AllDone()))
        {
        }

        return Now;
    }

    private bool Advance(MoveFacts facts)
    {
        if ((_isChecked ? Now.Step(facts, _limits) : Now.Advance(facts, _limits)) is not { } next)
        {
            return false;
        }

        if (_isChecked)
        {
            Moved += Moving.Begun(Now, next);
            LeastPossible += MovePlan.Of(Now, Now).LeastPossible - MovePlan.Of(Now, next).LeastPossible;
        }

        Now = next;
        return true;
    }

    private void Change()
    {
        TopologyChange[] changes = [.. Enumerable.Range(0, _random.Next(5) == 0 ? 2 : 1).Select(_ => Any())];
        switch (Now.Change(changes, _random.Next(4) == 0 ? ChangeConsent.CrowdedZones | ChangeConsent.StoppedForGood : ChangeConsent.None))
        {
            case ChangeOutcome.Made(var next):
                if (_isChecked)
                {
                    Moving.AssertFollows(Now, next, isChange: true);
                }

                Now = next;
                Changes = (Changes.Made + 1, Changes.Refused);
                break;
            case ChangeOutcome.Refused:
                Changes = (Changes.Made, Changes.Refused + 1);
                break;
        }
    }

    private TopologyChange Any() => _random.Next(12) switch
    {
        < 4 => new TopologyChange.Join(NewMember()),
        < 6 => new TopologyChange.Leave(Someone()),
        < 7 => new TopologyChange.Stay(Now.Members.ToArray().FirstOrDefault(member => member.Phase == MemberPhase.Leaving)?.Id ?? Someone()),
        < 9 => new TopologyChange.Remove(Someone()),
        < 10 => new TopologyChange.Replace(Someone(), NewMember(), _random.Next(2) == 0),
        < 11 => new TopologyChange.Reweigh(Someone(), _random.Next(1, 5)),
        _ => new TopologyChange.Rezone(Someone(), Zone()),
    };

    /// <summary>Some of what there is to say, of the present document.</summary>
    private MoveFacts SomeFacts()
    {
        var all = Now.AllDone();
        return all with
        {
            Knowing = all.Knowing.ToDictionary(pair => pair.Key, _ => SomeSlots()),
            Merged = all.Merged.ToDictionary(pair => pair.Key, _ => SomeSlots()),
            Acknowledged = all.Acknowledged.ToDictionary(pair => pair.Key, pair => pair.Value - (ulong)_random.Next(0, (int)Math.Min(pair.Value, 3))),
            Emptied = _random.Next(2) == 0 ? all.Emptied : new HashSet<NodeId>(),
            Away = Now.Members.ToArray().Select(member => member.Id).Where(_ => _random.Next(10) == 0).ToHashSet(),
        };
    }

    private SlotSet SomeSlots()
    {
        var (from, to) = (_random.Next(Slot.Count), _random.Next(Slot.Count));
        return _random.Next(4) == 0 ? SlotSet.All() : new SlotSet(Clusters.Slots().Where(slot => slot.Index >= from != slot.Index >= to));
    }

    private NodeId Someone() => Now.Members[_random.Next(Now.Members.Length)].Id;

    private Member NewMember() => Clusters.Member(++_next, Zone(), _random.Next(1, 4));

    private string Zone() => "z" + _random.Next(_zones);
}
