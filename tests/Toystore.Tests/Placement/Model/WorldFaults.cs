using Toystore.Tests.Healing.Model;

namespace Toystore.Tests.Placement.Model;

/// <content>What goes wrong, and the stand-ins' care for what they hold.</content>
internal sealed partial class World
{
    private void Hurt()
    {
        var member = Any();
        if (_chance.In(40) && (_losesDisks || _theme is Theme.Cuts or Theme.Restarts))
        {
            switch (_theme)
            {
                case Theme.Wipes:
                    Wipe(member);
                    return;
                case Theme.RollBacks when member.Snapshot is { } old:
                    RollBack(member, old.Duplicate());
                    return;
                case Theme.RollBacks:
                    member.Snapshot = member.Durable.Duplicate();
                    return;
                case Theme.Rot:
                    Rot(member, _chance.Below(_keys));
                    return;
                case Theme.Restarts:
                    Stop(member, _chance.In(50));
                    Start(member, _chance.In(50));
                    return;
                case Theme.Cuts:
                    CutOff(member);
                    return;
            }
        }

        switch (_chance.Below(20))
        {
            case >= 12 and < 16 when !_losesDisks:
                CutOff(member);
                break;
            case < 5:
                Stop(member, _chance.In(50));
                break;
            case < 12:
                for (var index = 0; index < MembersMax; index++)
                {
                    if (_chance.In(50))
                    {
                        Start(_members[index], _chance.In(30));
                    }
                }

                break;
            case < 13:
                Wipe(member);
                break;
            case < 14:
                member.Snapshot = member.Durable.Duplicate();
                break;
            case < 15 when member.Snapshot is { } snapshot:
                RollBack(member, snapshot.Duplicate());
                break;
            case < 16:
                Rot(member, _chance.Below(_keys));
                break;
            case < 18:
                int from = _chance.Below(MembersMax), to = _chance.Below(MembersMax);
                _cut[from, to] = _cut[to, from] = from != to;
                break;
            case < 19:
                CutOff(member);
                break;
            default:
                Array.Clear(_cut);
                break;
        }
    }

    /// <summary>A member, or it and another, can reach nobody else.</summary>
    private void CutOff(Member member)
    {
        var friend = _chance.Below(MembersMax);
        for (var other = 0; other < MembersMax; other++)
        {
            if (other != member.Index && other != friend)
            {
                _cut[member.Index, other] = _cut[other, member.Index] = true;
                _cut[friend, other] = _cut[other, friend] = other != friend;
            }
        }
    }

    private void Stop(Member member, bool powerFails)
    {
        if (!member.IsUp)
        {
            return;
        }

        Note($"m{member.Index} stops, power fails: {powerFails}");
        member.IsUp = false;
        if (!powerFails)
        {
            member.Sync();
            return;
        }

        member.LosePower();
        if (_acknowledgesUnsynced)
        {
            DoubtAfterLoss(member);
        }
    }

    private void Start(Member member, bool clockJumps)
    {
        if (member.IsUp || (_started & (1 << member.Index)) == 0 || IsOff(member))
        {
            return;
        }

        member.IsUp = true;
        member.Actor = ++_actors;
        member.Minter = member.Actor;
        member.Stamp = ++_stamps;
        member.Offset = clockJumps ? DrawOffset() * (1 + _chance.Below(3)) : member.Offset;
        member.HasHeard = false;
        member.ForgetProcess();
        Note($"m{member.Index} starts as actor {member.Actor}, mark {member.Disk.Mark}, document {member.Disk.Epoch}");
        member.Last = Math.Max(member.Disk.Mark, Math.Max(member.Disk.Floor[0], member.Disk.Floor[1]));
        Meet(member, member);
    }

    /// <summary>Removed while R = 1: somebody has seen to it that it runs no more.</summary>
    private bool IsOff(Member member) => (_removed & (1 << member.Index)) != 0 && _quorums == Quorums.WriteAll && !Is(Broken.RemovedWhileRunning);

    private void Wipe(Member member)
    {
        if (IsOff(member))
        {
            return;
        }

        Note($"m{member.Index} is wiped");
        Stop(member, true);
        member.Replace(new Disk { Used = false, IsInDoubt = true });
        member.Snapshot = null;
        DoubtAfterLoss(member);
        Start(member, true);
    }

    /// <summary>The directory is what it was when it was copied: data, floors, mark and document.</summary>
    private void RollBack(Member member, Disk snapshot)
    {
        if (IsOff(member))
        {
            return;
        }

        Note($"m{member.Index} is rolled back");
        Stop(member, true);
        snapshot.Used = false;
        snapshot.IsInDoubt = true;
        member.Replace(snapshot);
        DoubtAfterLoss(member);

        Start(member, true);
    }

    private void DoubtAfterLoss(Member member)
    {
        _hasLostDisks = true;
        var areAllLost = Array.TrueForAll(_members, other => !Newest.Names(other.Index) || !other.Disk.Used);
        for (var key = 0; key < Keys; key++)
        {
            _ledgers[key].Lose(member.Index, HeldFor(member.Index, key));
            if (areAllLost)
            {
                // Nothing is left of the cluster; contexts that clients keep from it mean nothing to the next one.
                _tokens[key].Clear();
            }
        }

        for (var slot = 0; slot < Slots && !(Is(Broken.WipedGainerKnows) && PlacementOf(member, slot).Stage > 0); slot++)
        {
            member.Disk.KnownFor[slot] = 0;
            member.Durable.KnownFor[slot] = 0;
        }
    }

    private void LoseRemoved(int key)
    {
        for (var rest = _removed; rest != 0; rest &= rest - 1)
        {
            _ledgers[key].Lose(System.Numerics.BitOperations.TrailingZeroCount(rest), 0);
        }
    }

    private void Rot(Member member, int key)
    {
        if (!IsOwner(member, SlotOf(key)) || !member.IsUp)
        {
            return;
        }

        // A process that finds out gives up its actor (decision 0007); what it knew of others went with the old one.
        Note($"m{member.Index} k{key} rots");
        _hasLostDisks = true;
        Stop(member, false);
        foreach (var disk in new[] { member.Disk, member.Durable })
        {
            disk.Owned[key] = default;
            disk.Incomplete[key] = true;
        }

        _ledgers[key].Lose(member.Index, HeldFor(member.Index, key));
        Start(member, false);
    }

    /// <summary>What is on a member's disk of a key, in any role; nothing for one that was removed.</summary>
    private ulong HeldFor(int index, int key)
    {
        if ((_removed & (1 << index)) != 0)
        {
            return 0;
        }

        var disk = _members[index].Durable;
        return OwnedHeldBy(_members[index], key) | disk.Held[key].Live | disk.Held[key].Seen;
    }

    private ulong OwnedHeldBy(Member member, int key)
    {
        var disk = member.Durable;
        var owned = disk.Owned[key];
        return _ledgers[key].Effective(owned with { Floor = disk.Incomplete[key] ? owned.Floor : Math.Max(owned.Floor, disk.Floor[SlotOf(key)]) });
    }

    private void Tend(Member member)
    {
        if (!IsServing(member))
        {
            Offer(member);
            return;
        }

        for (var slot = 0; slot < Slots && Is(Broken.DropAtOnce); slot++)
        {
            if (!IsOwner(member, slot) && HasFormerCopy(member, slot))
            {
                DropSlot(member, slot);
            }
        }

        for (var key = 0; key < Keys; key++)
        {
            if (member.Disk.Held[key].IsNothing)
            {
                continue;
            }

            if (!DropDelivered(member, key))
            {
                Deliver(member, key);
            }

            if (member.Disk.Counted[key] == 0 && _chance.In(10))
            {
                DropUndelivered(member, key);
            }
        }
    }

    private bool DropDelivered(Member member, int key)
    {
        var disk = member.Disk;
        var placement = PlacementOf(member, SlotOf(key));
        var owed = disk.Owed[key] & placement.Owners & DocumentOf(member).Members;
        var isWanted = disk.Counted[key] != 0 || (owed == 0 && !Is(Broken.HintsOfFormerOwnersDropped));
        if (Is(Broken.HintsOfFormerOwnersDropped) && owed == 0)
        {
            isWanted = false;
        }

        var isConfirmed = Is(Broken.FormerOwnersConfirm)
            ? Bits(disk.Confirmed[key]) >= _quorums.Writes(placement.Old)
            : IsSafe(member, placement, disk.Confirmed[key]);
        if ((owed & ~disk.Confirmed[key]) != 0 || (isWanted && !isConfirmed))
        {
            return false;
        }

        _ledgers[key].HandOver(disk.Held[key].Live | disk.Held[key].Seen, member.Index, disk.Confirmed[key], owner => HeldFor(owner, key));
        Note($"m{member.Index} hands over k{key}, confirmed {disk.Confirmed[key]:x}");
        Forget(member, key);
        _ledgers[key].Lose(member.Index, OwnedHeldBy(member, key));
        return true;
    }

    /// <summary>W of each set have confirmed, or as many as there are left of it.</summary>
    private bool IsSafe(Member member, Placement placement, int confirmed)
    {
        var (first, second) = WriteSets(placement);
        bool Has(int set) => Bits(confirmed & set) >= Math.Min(_quorums.Writes(set), Bits(set & DocumentOf(member).Members));
        return Has(first) && Has(second);
    }

    private void Forget(Member member, int key)
    {
        var disk = member.Disk;
        member.Minter = ++_actors;
        disk.Held[key] = default;
        disk.Counted[key] = 0;
        disk.Owed[key] = 0;
        disk.Confirmed[key] = 0;
    }

    private void DropUndelivered(Member member, int key)
    {
        if (!member.Disk.Held[key].IsNothing)
        {
            Note($"m{member.Index} drops k{key}");
            Forget(member, key);
            member.Drops[SlotOf(key)]++;
        }
    }

    private void Deliver(Member member, int key)
    {
        var placement = PlacementOf(member, SlotOf(key));
        var to = OneOf(placement.Owners);
        if (Reaches(member.Index, to))
        {
            var frame = CopyTo(member, to, key, FrameKind.Copy, member.Disk.Held[key]);
            if (to == member.Index)
            {
                Deliver(frame);
            }
            else
            {
                Send(frame);
            }
        }
    }

    private Frame CopyTo(Member member, int to, int key, FrameKind kind, Copy content) => new()
    {
        Kind = kind,
        From = member.Index,
        To = to,
        Key = key,
        Since = PlacementOf(member, SlotOf(key)).Since,
        Epoch = member.Disk.Epoch,
        Content = content,
        Actor = member.Actor,
        Stamp = _members[to].Stamp,
    };

    private void Confirm(Member member, Frame frame)
    {
        var answered = DocumentWith(SlotOf(frame.Key), frame.Since).Slots[SlotOf(frame.Key)].Begun[frame.From];
        var isOwner = answered > 0 && answered == PlacementOf(member, SlotOf(frame.Key)).Begun[frame.From];
        if (member.Actor == frame.Actor && member.Disk.Held[frame.Key] == frame.Content && (isOwner || Is(Broken.FormerOwnersConfirm)))
        {
            member.Disk.Confirmed[frame.Key] |= 1 << frame.From;
        }
    }

    /// <summary>A member that was removed, and knows, offers what it has to the owners.</summary>
    private void Offer(Member member)
    {
        if (!member.IsUp || member.Disk.IsInDoubt || DocumentOf(member).Names(member.Index))
        {
            return;
        }

        var key = _chance.Below(_keys);
        var to = OneOf(PlacementOf(member, SlotOf(key)).Owners);
        var content = BaseOf(member, key);
        if (!content.IsNothing && Reaches(member.Index, to))
        {
            Send(CopyTo(member, to, key, Is(Broken.RemovedCopiesTaken) ? FrameKind.Copy : FrameKind.Offer, content));
        }
    }

    private void Expire()
    {
        var ledger = _ledgers[_chance.Below(Keys)];
        if (ledger.Count > 0)
        {
            ledger.Expired |= 1UL << _chance.Below(ledger.Count) & ~ledger.Deletes;
        }
    }
}
