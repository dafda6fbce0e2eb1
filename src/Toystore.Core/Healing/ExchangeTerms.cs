using Toystore.Core.Versions;

namespace Toystore.Core.Healing;

/// <summary>
/// What a side says when an exchange begins, before it reads a tree (docs/decisions/0009, rules 12 to 14). All of it is of that moment: what an exchange proves is about what was there when it began.
/// </summary>
/// <param name="Process">Who says it.</param>
/// <param name="Processes">Of which processes the tickets speak; none if it has no tickets.</param>
/// <param name="Slots">The slots that it owns and is willing to compare.</param>
/// <param name="Tickets">Whatever was accepted up to this reading, by whomever, is with an owner by now, or was never acknowledged.</param>
/// <param name="Floors">Its floors.</param>
/// <param name="Knowing">Those of the slots of which it has lost nothing.</param>
public sealed record ExchangeTerms(ActorId Process, ProcessSet Processes, SlotSet Slots, SlotReadings Tickets, SlotReadings Floors, SlotSet Knowing)
{
    /// <summary>The floors that the other side adopts where it is settled: what this side had, if it has lost nothing.</summary>
    public SlotReadings FloorsToAdopt => Floors.Within(Knowing);

    /// <summary>The tickets of an exchange between two: the lower ones, if both speak of the same processes.</summary>
    public SlotReadings TicketsWith(ExchangeTerms other) =>
        Processes == ProcessSet.None || Processes != other.Processes ? new SlotReadings() : SlotReadings.Lowest(Tickets, other.Tickets);
}

/// <summary>How far an owner is with all others: all that it held up to this reading, each of them holds too. Of the processes of the tickets that it is made of.</summary>
public sealed record OwnerRow(ProcessSet Processes, SlotSet Slots, SlotReadings Readings);
