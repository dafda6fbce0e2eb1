using Toystore.Core.Versions;

namespace Toystore.Core.Healing;

/// <summary>What a member says when it is asked to report (docs/decisions/0009, rules 5, 6 and 10): read after its mark was on the disk and refused what is below it, and after its store was synced.</summary>
/// <param name="Process">Who says it; the same before the mark was raised and after all the rest was read.</param>
/// <param name="Mark">It takes no new write with a dot at or below this one.</param>
/// <param name="Clock">What its clock showed.</param>
/// <param name="Held">The slots of which it holds copies that are not delivered.</param>
/// <param name="Drops">How many copies this process has dropped undelivered.</param>
public sealed record MemberReport(ActorId Process, HybridTime Mark, HybridTime Clock, SlotSet Held, ulong Drops);
