namespace Toystore.Tests.Placement.Model;

/// <content>Documents: who learns them and what that changes, who is allowed to make the next one, and what is dropped after a move.</content>
internal sealed partial class World
{
    /// <summary>A member has a document on its disk before it says or does anything by it.</summary>
    private void Learn(Member member, int number)
    {
        if (number <= member.Disk.Epoch)
        {
            return;
        }

        Document was = DocumentOf(member), now = _documents[number];
        member.Disk.Epoch = number;
        for (var slot = 0; slot < Slots; slot++)
        {
            Placement before = was.Slots[slot], after = now.Slots[slot];
            var isSame = (before.Old, before.New, before.Stage) == (after.Old, after.New, after.Stage);
            member.Disk.SinceCompared[slot] = isSame && was.Number > 0 ? member.Disk.SinceCompared[slot] : number == after.Since || !isSame ? number : after.Since;
            if (isSame && before.Since == after.Since)
            {
                continue;
            }

            ForgetTies(member, slot);
            member.GivenTo[slot] = 0;
            ForgetConfirmations(member, slot, before, after);
            if (Is(Broken.GainerKnowsAtOnce) && after.IsOwner(member.Index))
            {
                member.Disk.KnownFor[slot] = after.Begun[member.Index];
            }
        }

        if (!Is(Broken.DocumentNotDurable))
        {
            member.Durable.Epoch = number;
            member.Disk.SinceCompared.CopyTo(member.Durable.SinceCompared, 0);
            member.Disk.Confirmed.CopyTo(member.Durable.Confirmed, 0);
        }

        for (var slot = 0; slot < Slots; slot++)
        {
            member.Acknowledged[slot] = Math.Max(member.Acknowledged[slot], now.Slots[slot].Since);
        }

        Note($"m{member.Index} learns document {number}");
    }

    private void ForgetTies(Member member, int slot)
    {
        if (Is(Broken.TicketsOutliveChange))
        {
            return;
        }

        member.Settled[slot] = 0;
        member.SettledTie[slot] = 0;
        for (var other = 0; other < MembersMax; other++)
        {
            member.Pair[slot, other] = 0;
            member.PairTie[slot, other] = 0;
            member.Row[slot, other] = 0;
            member.RowTie[slot, other] = 0;
        }
    }

    private void ForgetConfirmations(Member member, int slot, Placement before, Placement after)
    {
        for (var key = 0; key < Keys && !Is(Broken.FormerOwnersConfirm); key++)
        {
            for (var owner = 0; owner < MembersMax && SlotOf(key) == slot; owner++)
            {
                member.Disk.Confirmed[key] &= before.Begun[owner] == after.Begun[owner] ? -1 : ~(1 << owner);
            }
        }
    }

    private void Gossip(Member one, Member other)
    {
        if (one == other || !Reaches(one.Index, other.Index))
        {
            return;
        }

        Member behind = one.Disk.Epoch < other.Disk.Epoch ? one : other, ahead = behind == one ? other : one;
        if (!ahead.Disk.IsInDoubt && (!behind.Disk.IsInDoubt || Is(Broken.DocumentFromAnybody)))
        {
            behind.Disk.IsInDoubt = false;
            Learn(behind, behind.Disk.Epoch + 1 + (_chance.In(70) ? ahead.Disk.Epoch - behind.Disk.Epoch - 1 : 0) is var number && number <= ahead.Disk.Epoch ? number : ahead.Disk.Epoch);
        }

        Meet(one, other);
    }

    /// <summary>A disk in doubt is believed again when it has the newest document there is, read from the acceptors.</summary>
    private void ReadRegister(Member member)
    {
        if (member.IsUp && member.Disk.IsInDoubt)
        {
            member.Disk.IsInDoubt = false;
            Learn(member, Newest.Number);
            member.Sync();
            Meet(member, member);
        }
    }

    private void Propose(Member by, int members, int slot, Placement? placement)
    {
        var slots = (Placement[])Newest.Slots.Clone();
        if (placement is not null)
        {
            slots[slot] = placement;
            _synced[slot] = 0;
        }

        _documents.Add(new Document(_documents.Count, members, slots));
        if (_trace is not null)
        {
            Note($"document {Newest.Number}: members {members:x}, {string.Join("; ", slots.Select(s => FormattableString.Invariant($"{s.Old:x}->{s.New:x} stage {s.Stage} since {s.Since}")))}");
        }

        Learn(by, Newest.Number);
        RequireKnowingOwners();
    }

    /// <summary>As long as no disk was lost and nobody was removed, W owners that can be read from know the slot.</summary>
    private void RequireKnowingOwners()
    {
        for (var slot = 0; slot < Slots && !_hasLostDisks && _removed == 0; slot++)
        {
            var placement = Newest.Slots[slot];
            var knowing = 0;
            for (var owner = 0; owner < MembersMax; owner++)
            {
                knowing += (placement.Readable & (1 << owner)) != 0 && _members[owner].Disk.KnownFor[slot] == placement.Begun[owner] ? 1 : 0;
            }

            Require(knowing >= _quorums.Writes(placement.Readable) || _broken != Broken.None, $"slot {slot} has only {knowing} owners that know it");
        }
    }

    /// <summary>Somebody changes the topology by one step, if there is one that is allowed.</summary>
    private void Administer(Member member)
    {
        if (member.Disk.IsInDoubt)
        {
            ReadRegister(member);
            return;
        }

        if (!IsServing(member))
        {
            return;
        }

        Learn(member, Newest.Number);
        var canGoOn = Newest.Number < DocumentsMax;
        if (!IsServing(member) || !canGoOn)
        {
            return;
        }

        var slot = _isLean ? 0 : _chance.Below(Slots);
        if (Newest.Slots[slot].Stage > 0)
        {
            Advance(member, slot, _chance.In(8));
            return;
        }

        switch (_chance.Below(10))
        {
            case < 6:
                StartMove(member, slot);
                break;
            case < 8:
                Join(member);
                break;
            case < 9:
                Remove(member, Any());
                break;
            default:
                Leave(member, Any());
                break;
        }
    }

    private void Join(Member by)
    {
        var fresh = OneOf(((1 << MembersMax) - 1) & ~_started);
        if (fresh < 0 || Bits(Newest.Members) >= 7)
        {
            return;
        }

        var member = _members[fresh];
        Open(member);
        member.Disk.Used = false;
        member.Durable.Used = false;
        member.HasHeard = false;
        Propose(by, Newest.Members | (1 << fresh), 0, null);
        Learn(member, Newest.Number);
        _outcome.Joined++;
    }

    /// <summary>Goes in peace: it owns nothing, and holds nothing for anybody.</summary>
    private void Leave(Member by, Member member)
    {
        if (by == member || !Newest.Names(member.Index) || !IsServing(member) || !Reaches(by.Index, member.Index) || Bits(Newest.Members) <= _n)
        {
            return;
        }

        Learn(member, Newest.Number);
        for (var slot = 0; slot < Slots; slot++)
        {
            if (Newest.Slots[slot].IsOwner(member.Index) || HasFormerCopy(member, slot) || IsHolding(member, slot))
            {
                return;
            }
        }

        Stop(member, false);
        _started &= ~(1 << member.Index);
        _started |= 1 << member.Index;
        Propose(by, Newest.Members & ~(1 << member.Index), 0, null);
        _removed |= 1 << member.Index;
    }

    /// <summary>Given up: what it has counts as lost, whether it still runs or not.</summary>
    private void Remove(Member by, Member member)
    {
        var bit = 1 << member.Index;
        var left = Newest.Members & ~bit;
        if (by == member || !Newest.Names(member.Index) || Bits(left) < _n)
        {
            return;
        }

        for (var slot = 0; slot < Slots; slot++)
        {
            var placement = Newest.Slots[slot];
            foreach (var set in new[] { placement.Old, placement.New })
            {
                var needed = _quorums == Quorums.Majority ? Math.Max(_quorums.Covering(set), _quorums.Fencing(set)) : 1;
                if ((set & bit) != 0 && Bits(set & left) < needed)
                {
                    return;
                }
            }
        }

        Note($"m{member.Index} is removed");
        _removed |= bit;
        _outcome.Removed++;
        if (IsOff(member))
        {
            Stop(member, true);
        }

        for (var key = 0; key < Keys; key++)
        {
            LoseRemoved(key);
        }

        Propose(by, left, 0, null);
    }

    private void StartMove(Member by, int slot)
    {
        var placement = Newest.Slots[slot];
        var members = Newest.Members;
        var size = Math.Min(_chance.In(10) ? 2 : _n, Bits(members));
        var target = placement.Old & members;
        for (var change = _chance.In(70) ? 1 : 2; change > 0 && target != 0 && (_isHealing || _chance.In(90)); change--)
        {
            target &= Bits(target) >= size ? ~(1 << OneOf(target)) : -1;
        }

        while (Bits(target) > size)
        {
            target &= ~(1 << OneOf(target));
        }

        while (Bits(target) < size)
        {
            target |= 1 << OneOf(members & ~target);
        }

        if (target != placement.Old)
        {
            Propose(by, members, slot, placement.Change(placement.Old, target, 1, _documents.Count));
        }
    }

    /// <summary>The next stage, or the end, of a move; or its cancellation.</summary>
    private void Advance(Member by, int slot, bool cancel)
    {
        var placement = Newest.Slots[slot];
        var isHopeless = (placement.New & _removed) != 0;
        if (placement.Stage == 1 && (cancel || isHopeless) && (placement.Old & Newest.Members) != 0)
        {
            _outcome.Cancelled++;
            Propose(by, Newest.Members, slot, placement.Change(placement.Old, 0, 0, _documents.Count));
        }
        else if (placement.Stage == 2 && cancel && Is(Broken.CancelInStageTwo))
        {
            Propose(by, Newest.Members, slot, placement.Change(placement.Old, 0, 0, _documents.Count));
        }
        else if (placement.Stage == 1 && (_synced[slot] & MustSync(placement)) == MustSync(placement))
        {
            Propose(by, Newest.Members, slot, Is(Broken.SkipReadNew) ? placement.Change(placement.New, 0, 0, _documents.Count) : placement.Change(placement.Old, placement.New, 2, _documents.Count));
        }
        else if (placement.Stage == 2 && IsFenced(slot, placement))
        {
            _outcome.Moves++;
            Propose(by, Newest.Members, slot, placement.Change(placement.New, 0, 0, _documents.Count));
        }
    }

    /// <summary>The gaining owners; and those that stay, if what W of the old took would not be with W of the new.</summary>
    private int MustSync(Placement placement)
    {
        if (Is(Broken.GainerKnowsAtOnce))
        {
            return 0;
        }

        var stay = Math.Max(0, _quorums.Writes(placement.Old) - Bits(placement.Old & ~placement.New));
        var isCovered = Bits(placement.New & ~placement.Old) + stay >= _quorums.Writes(placement.New) || Is(Broken.StayersNeedNotMerge)
            || (Is(Broken.StayersMergeForReads) && _quorums.Reads(placement.New) >= _quorums.Covering(placement.Old));
        return isCovered ? placement.New & ~placement.Old : placement.New;
    }

    /// <summary>No read by the old owners can come together any more.</summary>
    private bool IsFenced(int slot, Placement placement)
    {
        var aware = 0;
        for (var owner = 0; owner < MembersMax; owner++)
        {
            aware |= (placement.Old & (1 << owner)) != 0 && (_members[owner].Acknowledged[slot] >= placement.Since || IsOff(_members[owner])) ? 1 << owner : 0;
        }

        return Bits(aware) >= _quorums.Fencing(placement.Old) || Is(Broken.NobodyAwareOfStageTwo) || (Is(Broken.RemovedWhileRunning) && (placement.Old & Newest.Members & ~aware) == 0);
    }

    /// <summary>A former owner drops a slot when the owners have all that it has: W of them have confirmed it.</summary>
    private void DropGiven(Member member, int slot)
    {
        if (IsSafe(member, PlacementOf(member, slot), member.GivenTo[slot]))
        {
            DropSlot(member, slot);
        }
    }

    private void DropSlot(Member member, int slot)
    {
        Note($"m{member.Index} drops slot {slot}");
        _outcome.SlotsDropped++;
        for (var key = 0; key < Keys; key++)
        {
            if (SlotOf(key) == slot)
            {
                var owned = member.Disk.Owned[key];
                _ledgers[key].HandOver(_ledgers[key].Effective(OwnedBy(member, key)), member.Index, member.GivenTo[slot], owner => HeldFor(owner, key));
                member.Disk.Owned[key] = default;
                member.Disk.Incomplete[key] = false;
                _ledgers[key].Lose(member.Index, member.Disk.Held[key].Live | member.Disk.Held[key].Seen);
            }
        }

        member.GivenTo[slot] = 0;
        member.Disk.Floor[slot] = Is(Broken.FloorKeptAfterDrop) ? member.Disk.Floor[slot] : 0;
        member.Disk.KnownFor[slot] = Is(Broken.KnownForEver) ? member.Disk.KnownFor[slot] : 0;
        member.Drops[slot]++;
        member.Minter = Is(Broken.ActorKeptAfterDrop) ? member.Minter : ++_actors;
        member.Sync();
    }
}
