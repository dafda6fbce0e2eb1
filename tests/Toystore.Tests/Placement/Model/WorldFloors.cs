using Toystore.Tests.Healing.Model;

namespace Toystore.Tests.Placement.Model;

/// <content>Marks, reports, exchanges, floors, and what is removed under them.</content>
internal sealed partial class World
{
    /// <summary>Two processes talk: one that has started hears the mark of one that knows it for a member.</summary>
    private void Meet(Member one, Member other)
    {
        // Where every disk was lost, nothing is left of what the marks had promised (founding, 0009).
        var areAllNew = Array.TrueForAll(_members, member => !Newest.Names(member.Index) || !(member.HasHeard || member.Disk.Used));
        var oneTells = one.HasHeard || one.Disk.Used || areAllNew;
        var otherTells = other.HasHeard || other.Disk.Used || areAllNew;
        Hear(one, other, otherTells);
        Hear(other, one, oneTells);
    }

    private void Hear(Member member, Member other, bool tells)
    {
        var isAlone = DocumentOf(member).Members == 1 << member.Index;
        var knowsIt = !other.Disk.IsInDoubt && (DocumentOf(other).Names(member.Index) || Is(Broken.MarkFromUnknowing));
        if (!member.HasHeard && !member.Disk.IsInDoubt && (isAlone || (tells && knowsIt && member != other)))
        {
            member.HasHeard = true;
            member.Disk.Used = true;
            member.RaiseMark(isAlone ? 0 : other.Disk.Mark);
            member.Last = Math.Max(member.Last, member.Disk.Mark);
        }
    }

    /// <summary>One more member is asked to report; when all have, the round is over.</summary>
    private void Ask(Member asker)
    {
        if (!IsServing(asker))
        {
            return;
        }

        var round = asker.Asking ??= new Round(DocumentOf(asker).Members);
        var at = OneOf(round.Members & ~round.Answered);
        if (!Reaches(asker.Index, at) || !IsServing(_members[at]))
        {
            asker.Asking = null;
            return;
        }

        Report(asker, _members[at], round);
        if (asker.Asking == round && round.Answered == round.Members)
        {
            Settle(asker, round);
        }
    }

    private void Report(Member asker, Member member, Round round)
    {
        if (!Is(Broken.ReportsWithoutEpoch))
        {
            Learn(asker, member.Disk.Epoch);
        }

        if (_chance.In(50))
        {
            Learn(member, asker.Disk.Epoch);
        }

        if (!IsServing(asker) || !IsServing(member) || (DocumentOf(asker).Members != round.Members && !Is(Broken.ReportsWithoutEpoch)))
        {
            asker.Asking = null;
            return;
        }

        Meet(asker, member);
        Sync(member);
        var goal = asker.Asked is { } earlier ? earlier.LowestClock - _margin : 0;
        member.RaiseMark(Math.Min(goal, Clock(member) - _margin));
        member.Stamp = ++_stamps;
        round.Answered |= 1 << member.Index;
        round.Actors[member.Index] = member.Actor;
        round.Epochs[member.Index] = member.Disk.Epoch;
        round.LowestMark = Math.Min(round.LowestMark, member.Disk.Mark);
        round.LowestClock = Math.Min(round.LowestClock, Clock(member));
        for (var slot = 0; slot < Slots; slot++)
        {
            round.Holding |= IsHolding(member, slot) ? 1 << slot : 0;
            round.Drops[member.Index, slot] = member.Drops[slot];
        }
    }

    /// <summary>It has undelivered copies of the slot; what it still has of a slot that it does not own is one.</summary>
    private bool IsHolding(Member member, int slot)
    {
        var former = !IsOwner(member, slot) && !Is(Broken.FormerCopiesIgnored);
        for (var key = 0; key < Keys; key++)
        {
            if (SlotOf(key) == slot && (!member.Disk.Held[key].IsNothing || (former && member.Disk.Owned[key] != default)))
            {
                return true;
            }
        }

        return false;
    }

    private ulong TieOf(Member asker, Round round, int slot) => (round.Processes * 31) + (Is(Broken.TicketsOutliveChange) ? 1 : (ulong)PlacementOf(asker, slot).Since);

    private void Settle(Member asker, Round round)
    {
        if (DocumentOf(asker).Members != round.Members && !Is(Broken.ReportsWithoutEpoch))
        {
            asker.Asking = null;
            asker.Asked = null;
            return;
        }

        var earlier = asker.Asked;
        for (var slot = 0; slot < Slots && earlier is not null; slot++)
        {
            var since = Is(Broken.ReportsWithoutEpoch) ? 0 : PlacementOf(asker, slot).Since;
            var isConfirmed = earlier.Processes == round.Processes && !round.HasDrops(earlier, slot) && earlier.LowestEpoch >= since && round.LowestEpoch >= since;
            var tie = TieOf(asker, round, slot);
            if (asker.SettledTie[slot] != tie)
            {
                asker.Settled[slot] = 0;
                asker.SettledTie[slot] = tie;
            }

            if (isConfirmed && (round.Holding & (1 << slot)) == 0)
            {
                asker.Settled[slot] = Math.Max(asker.Settled[slot], round.LowestMark);
            }
        }

        if (_trace is not null)
        {
            Note($"m{asker.Index} settled {asker.Settled[0]} {asker.Settled[1]}, lowest mark {round.LowestMark}, document {asker.Disk.Epoch}");
        }

        asker.Asked = round;
        asker.Asking = null;
    }

    private void BeginExchange(int slot)
    {
        var placement = Newest.Slots[slot];
        var owners = placement.Owners;
        if (placement.Stage == 1 && (placement.New & ~placement.Old) != 0 && _chance.In(60))
        {
            BeginExchange(_members[OneOf(placement.New & ~placement.Old)], _members[OneOf(placement.Old)], slot);
            return;
        }

        BeginExchange(_chance.In(80) ? _members[OneOf(owners)] : Any(), _members[OneOf(owners)], slot);
    }

    private Exchange? BeginExchange(Member one, Member other, int slot)
    {
        if (one == other || !Reaches(one.Index, other.Index) || _exchanges.Count > 8 || !IsServing(one) || !IsServing(other))
        {
            return null;
        }

        Meet(one, other);
        if (SinceOf(one, slot) != SinceOf(other, slot))
        {
            if (_chance.In(50))
            {
                Learn(one, other.Disk.Epoch);
                Learn(other, one.Disk.Epoch);
            }

            if (!Is(Broken.UnawareSources) || !IsServing(one) || !IsServing(other))
            {
                return null;
            }
        }

        var isGift = !IsOwner(one, slot);
        if (!IsOwner(other, slot) || (isGift && !HasFormerCopy(one, slot)))
        {
            return null;
        }

        var isTied = !isGift && one.SettledTie[slot] == other.SettledTie[slot];
        var ticket = isTied ? Math.Min(one.Settled[slot], other.Settled[slot]) : 0;
        if (ticket > 0)
        {
            one.Stamp = ++_stamps;
            other.Stamp = ++_stamps;
        }

        var exchange = new Exchange
        {
            One = one.Index,
            Other = other.Index,
            OneActor = one.Actor,
            OtherActor = other.Actor,
            Slot = slot,
            Since = Math.Max(SinceOf(one, slot), SinceOf(other, slot)),
            Ticket = ticket,
            Tie = one.SettledTie[slot],
            OneFloor = one.Disk.Floor[slot],
            OtherFloor = other.Disk.Floor[slot],
            OneKnew = !Lacks(one, slot),
            OtherKnew = !Lacks(other, slot),
            IsGift = isGift,
        };
        if (Is(Broken.FloorBeforeObjects) && !isGift)
        {
            Adopt(one, slot, exchange.OtherFloor);
            Adopt(other, slot, exchange.OneFloor);
        }

        if (_trace is not null)
        {
            Note($"exchange m{one.Index} m{other.Index} slot {slot} begins, ticket {ticket}, gift {isGift}");
        }

        _exchanges.Add(exchange);
        return exchange;
    }

    private bool HasFormerCopy(Member member, int slot)
    {
        for (var key = 0; key < Keys; key++)
        {
            if (SlotOf(key) == slot && member.Disk.Owned[key] != default)
            {
                return true;
            }
        }

        return member.Disk.Floor[slot] > 0 && !Is(Broken.FloorKeptAfterDrop);
    }

    private void StepExchange()
    {
        if (_exchanges.Count > 0)
        {
            var exchange = _exchanges[_chance.Below(_exchanges.Count)];
            var isOver = _chance.In(3) || !Step(exchange);
            for (var isQuick = _chance.In(50); isQuick && !isOver;)
            {
                isOver = !Step(exchange);
            }

            if (isOver)
            {
                _exchanges.Remove(exchange);
            }
        }
    }

    /// <summary>False once the exchange is over, however it ended.</summary>
    private bool Step(Exchange exchange)
    {
        Member one = _members[exchange.One], other = _members[exchange.Other];
        var slot = exchange.Slot;
        if (!Reaches(exchange.One, exchange.Other) || one.Actor != exchange.OneActor || other.Actor != exchange.OtherActor || !IsServing(one) || !IsServing(other))
        {
            return false;
        }

        if ((SinceOf(one, slot) != exchange.Since || SinceOf(other, slot) != exchange.Since) && !Is(Broken.UnawareSources))
        {
            return false;
        }

        if (!IsOwner(other, slot) || IsOwner(one, slot) == exchange.IsGift)
        {
            return false;
        }

        if (exchange.Parcel is { } parcel)
        {
            Store(other, exchange.Key, Merge(exchange.Key, ViewOf(other, exchange.Key), parcel));
            exchange.Parcel = null;
            exchange.Key++;
            return true;
        }

        while (exchange.Key < Keys && SlotOf(exchange.Key) != slot)
        {
            exchange.Key++;
        }

        if (exchange.Key == Keys)
        {
            return End(exchange, one, other);
        }

        Copy here = OwnedBy(one, exchange.Key), there = OwnedBy(other, exchange.Key);
        if (here.Live == there.Live)
        {
            exchange.Key++;
            return true;
        }

        if (exchange.IsGift)
        {
            exchange.Parcel = here;
            return true;
        }

        var merged = Merge(exchange.Key, here, there);
        Store(one, exchange.Key, merged);
        exchange.Parcel = merged;
        return true;
    }

    private bool End(Exchange exchange, Member one, Member other)
    {
        var slot = exchange.Slot;
        if (!exchange.IsOneSynced)
        {
            Sync(one);
            exchange.IsOneSynced = true;
            return true;
        }

        Sync(other);
        if (_trace is not null)
        {
            Note($"exchange m{one.Index} m{other.Index} slot {slot} ends, ticket {exchange.Ticket}");
        }

        if (exchange.IsGift)
        {
            one.GivenTo[slot] |= 1 << other.Index;
            Refilled(other, one, slot, exchange.OneFloor, false);
            DropGiven(one, slot);
            return false;
        }

        Refilled(one, other, slot, exchange.OtherFloor, exchange.OtherKnew);
        Refilled(other, one, slot, exchange.OneFloor, exchange.OneKnew);
        SetPair(one, other.Index, exchange);
        if (!_isHealing && _chance.In(10))
        {
            return false;
        }

        SetPair(other, one.Index, exchange);
        Tell(one, other, slot);
        Tell(other, one, slot);
        Adopt(one, slot, exchange.OtherKnew ? exchange.OtherFloor : 0);
        Adopt(other, slot, exchange.OneKnew ? exchange.OneFloor : 0);
        return false;
    }

    private static void SetPair(Member member, int other, Exchange exchange)
    {
        if (exchange.Ticket > 0)
        {
            member.Pair[exchange.Slot, other] = exchange.Tie == member.PairTie[exchange.Slot, other] ? Math.Max(member.Pair[exchange.Slot, other], exchange.Ticket) : exchange.Ticket;
            member.PairTie[exchange.Slot, other] = exchange.Tie;
        }
    }

    private void Adopt(Member member, int slot, long floor)
    {
        if (floor > member.Disk.Floor[slot])
        {
            if (_trace is not null)
            {
                Note($"m{member.Index} slot {slot} adopts floor {floor}");
            }

            member.RaiseFloor(slot, floor);
            member.RaiseMark(floor);
            member.Last = Math.Max(member.Last, floor);
        }
    }

    /// <summary>An owner has merged all that another has: one that does not know the slot may know it now.</summary>
    private void Refilled(Member member, Member from, int slot, long floorAtFirst, bool knew)
    {
        var placement = PlacementOf(member, slot);
        if (from.Disk.Floor[slot] != floorAtFirst)
        {
            return;
        }

        if (member.MergedSince[slot] != placement.Since)
        {
            member.MergedSince[slot] = placement.Since;
            member.MergedAny[slot] = 0;
            member.MergedKnowing[slot] = 0;
        }

        member.MergedAny[slot] |= 1 << from.Index;
        member.MergedKnowing[slot] |= knew ? 1 << from.Index : 0;
        if (Lacks(member, slot))
        {
            if (!MayKnow(member, slot))
            {
                return;
            }

            BecomeKnowing(member, slot);
            Adopt(member, slot, knew ? floorAtFirst : 0);
            Sync(member);
        }

        var itself = (placement.Old & (1 << member.Index)) != 0 ? 1 << member.Index : 0;
        var left = placement.Old & DocumentOf(member).Members & ~itself;
        var hasMerged = Bits((member.MergedKnowing[slot] | itself) & placement.Old) >= _quorums.Covering(placement.Old) || (member.MergedAny[slot] & left) == left;
        if (placement.Stage == 1 && (itself == 0 || hasMerged))
        {
            _synced[slot] |= Newest.Slots[slot].Since == placement.Since ? 1 << member.Index : 0;
        }
    }

    /// <summary>It has merged from as many knowing owners of one readable set as cover every completed write, or from all other owners that there are.</summary>
    private bool MayKnow(Member member, int slot)
    {
        var placement = PlacementOf(member, slot);
        var others = ~(1 << member.Index);
        bool Covers(int set) => Bits(member.MergedKnowing[slot] & set & others) >= (Is(Broken.CopyFromOne) ? 1 : _quorums.Covering(set));
        var all = (Is(Broken.RefillFromOldAlone) ? placement.Old : placement.Owners | FormerOwners(placement, slot)) & DocumentOf(member).Members & others;
        return Covers(placement.Old) || (placement.Stage == 2 && Covers(placement.New)) || (member.MergedAny[slot] & all) == all;
    }

    /// <summary>Those who have something of the slot though they do not own it: what they once owned, or undelivered copies.</summary>
    private int FormerOwners(Placement placement, int slot)
    {
        var former = 0;
        foreach (var member in _members)
        {
            former |= (HasFormerCopy(member, slot) || IsHolding(member, slot)) && !placement.IsOwner(member.Index) ? 1 << member.Index : 0;
        }

        return former;
    }

    private void BecomeKnowing(Member member, int slot)
    {
        member.Disk.KnownFor[slot] = PlacementOf(member, slot).Begun[member.Index];
        Note($"m{member.Index} knows slot {slot}");
        for (var key = 0; key < Keys; key++)
        {
            if (SlotOf(key) == slot)
            {
                member.Disk.Incomplete[key] = false;
            }
        }

        member.Sync();
        for (var key = 0; key < Keys; key++)
        {
            if (SlotOf(key) == slot)
            {
                _ledgers[key].Regain(member.Index, HeldFor(member.Index, key));
            }
        }
    }

    /// <summary>Who has nobody to merge from knows as much as there is to know.</summary>
    private void RefillAlone(Member member)
    {
        for (var slot = 0; slot < Slots && IsServing(member); slot++)
        {
            var placement = PlacementOf(member, slot);
            var others = DocumentOf(member).Members & ~(1 << member.Index);
            if (placement.IsOwner(member.Index) && Lacks(member, slot) && ((placement.Owners | FormerOwners(placement, slot)) & others) == 0)
            {
                BecomeKnowing(member, slot);
            }

            if (placement.Stage == 1 && !Lacks(member, slot) && (placement.Old & others) == 0 && Newest.Slots[slot].Since == placement.Since)
            {
                _synced[slot] |= 1 << member.Index;
            }
        }
    }

    private int FloorOwners(Member member, int slot)
    {
        var placement = PlacementOf(member, slot);
        return Is(Broken.FloorWithoutGainers) ? placement.Readable : placement.Owners;
    }

    private void SetRow(Member member, int slot)
    {
        var others = FloorOwners(member, slot) & ~(1 << member.Index);
        if (others == 0)
        {
            member.Row[slot, member.Index] = member.Settled[slot];
            member.RowTie[slot, member.Index] = member.SettledTie[slot];
            return;
        }

        var row = long.MaxValue;
        var tie = 0UL;
        var isOne = true;
        for (var rest = others; rest != 0; rest &= rest - 1)
        {
            var other = System.Numerics.BitOperations.TrailingZeroCount(rest);
            isOne &= tie == 0 || tie == member.PairTie[slot, other];
            tie = member.PairTie[slot, other];
            row = Math.Min(row, member.Pair[slot, other]);
        }

        member.Row[slot, member.Index] = isOne ? row : 0;
        member.RowTie[slot, member.Index] = tie;
    }

    private void Tell(Member from, Member to, int slot)
    {
        SetRow(from, slot);
        to.Row[slot, from.Index] = from.Row[slot, from.Index];
        to.RowTie[slot, from.Index] = from.RowTie[slot, from.Index];
    }

    private void AdvanceFloor(Member member)
    {
        for (var slot = 0; slot < Slots && IsServing(member); slot++)
        {
            var owners = FloorOwners(member, slot);
            if ((owners & (1 << member.Index)) == 0)
            {
                continue;
            }

            SetRow(member, slot);
            var floor = long.MaxValue;
            for (var rest = owners; rest != 0; rest &= rest - 1)
            {
                var owner = System.Numerics.BitOperations.TrailingZeroCount(rest);
                floor = Math.Min(floor, member.RowTie[slot, owner] == member.RowTie[slot, member.Index] ? member.Row[slot, owner] : 0);
            }

            if (floor > member.Disk.Floor[slot])
            {
                if (_trace is not null)
                {
                    Note($"m{member.Index} slot {slot} floor {floor}");
                }

                member.RaiseFloor(slot, floor);
                _outcome.Floors++;
                _outcome.FloorsInMoves += PlacementOf(member, slot).Stage > 0 ? 1 : 0;
            }
        }
    }

    /// <summary>Strips contexts, purges tombstones, and sweeps values whose time is over.</summary>
    private void Purge(Member member)
    {
        for (var key = 0; key < Keys && member.IsUp; key++)
        {
            var ledger = _ledgers[key];
            var view = OwnedBy(member, key);
            var below = ledger.Below(view.Floor);
            var above = (view.Seen | view.Live) & ~below;
            var live = above == 0 ? view.Live & ~((ledger.Deletes | ledger.Expired) & below) : view.Live;
            _outcome.Purges += live != view.Live ? 1 : 0;
            if (member.Disk.Owned[key] != default)
            {
                StoreOwned(member, key, view with { Live = live, Seen = view.Seen & ~below });
            }
        }
    }
}
