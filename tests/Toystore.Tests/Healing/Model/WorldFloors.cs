namespace Toystore.Tests.Healing.Model;

/// <content>Marks, reports, exchanges, floors, and what is removed under them.</content>
internal sealed partial class World
{
    /// <summary>Two processes talk: each learns whether the other is the one it knew, and what it has marked.</summary>
    private void Meet(Member one, Member other)
    {
        Notice(one, other);
        Notice(other, one);
        var oneTells = one.HasHeard || one.Disk.Used;
        var otherTells = other.HasHeard || other.Disk.Used;
        if (one != other)
        {
            Hear(one, other, otherTells);
            Hear(other, one, oneTells);
        }
    }

    private static void Hear(Member member, Member other, bool tells)
    {
        if (!member.HasHeard && tells)
        {
            member.HasHeard = true;
            member.Disk.Used = true;
            member.RaiseMark(other.Disk.Mark);
            member.Last = Math.Max(member.Last, member.Disk.Mark);
        }
    }

    private void Notice(Member member, Member other)
    {
        if (other.Disk.Mark < member.Told[other.Index] && other.Met[member.Index] == 0 && IsOwner(other.Index) && Is(Broken.RollBackByMarks))
        {
            Distrust(other);
        }

        member.Told[other.Index] = Math.Max(member.Told[other.Index], other.Disk.Mark);
        if (member.Met[other.Index] != other.Actor && !Is(Broken.PairSurvivesRestart))
        {
            for (var slot = 0; slot < Slots; slot++)
            {
                member.Pair[slot, other.Index] = 0;
                member.Row[slot, other.Index] = 0;
            }
        }

        member.Met[other.Index] = other.Actor;
    }

    private static void Distrust(Member member)
    {
        for (var slot = 0; slot < Slots; slot++)
        {
            member.Disk.Known[slot] = false;
            member.Durable.Known[slot] = false;
        }
    }

    /// <summary>One more member is asked to report; when all have, the round is over.</summary>
    private void Ask(Member asker)
    {
        if (!asker.IsUp)
        {
            return;
        }

        var round = asker.Asking ??= new Round(_members.Length);
        var at = _chance.Below(_members.Length);
        while ((round.Answered & (1 << at)) != 0)
        {
            at = (at + 1) % _members.Length;
        }

        if (!Reaches(asker.Index, at))
        {
            asker.Asking = null;
            return;
        }

        Report(asker, _members[at], round);
        if (round.Answered == (1 << _members.Length) - 1)
        {
            Settle(asker, round);
        }
    }

    private void Report(Member asker, Member member, Round round)
    {
        Meet(asker, member);
        Sync(member);
        var goal = Is(Broken.MarkByOwnClock) ? long.MaxValue : asker.Asked is { } earlier ? earlier.LowestClock - _margin : 0;
        member.RaiseMark(Math.Min(goal, Clock(member) - _margin));
        member.Stamp = ++_stamps;
        asker.Told[member.Index] = Math.Max(asker.Told[member.Index], member.Disk.Mark);
        round.Answered |= 1 << member.Index;
        round.Actors[member.Index] = member.Actor;
        round.LowestMark = Math.Min(round.LowestMark, member.Disk.Mark);
        round.LowestClock = Math.Min(round.LowestClock, Clock(member));
        for (var key = 0; key < Keys; key++)
        {
            round.Holding |= member.Disk.Held[key].IsNothing || IsOwner(member.Index) || Is(Broken.HeldCopiesIgnored) ? 0 : 1 << SlotOf(key);
        }

        for (var slot = 0; slot < Slots; slot++)
        {
            round.Drops[member.Index, slot] = member.Drops[slot];
        }
    }

    private void Settle(Member asker, Round round)
    {
        var processes = round.Processes;
        var isConfirmed = Is(Broken.OneRoundOfReports) || (asker.Asked is { } earlier && earlier.Processes == processes);
        if (asker.SettledProcesses != processes)
        {
            Array.Clear(asker.Settled);
            asker.SettledProcesses = processes;
        }

        for (var slot = 0; slot < Slots; slot++)
        {
            var isDropped = asker.Asked is { } before && round.HasDrops(before, slot) && !Is(Broken.DropsUnreported);
            if (isConfirmed && !isDropped && (round.Holding & (1 << slot)) == 0)
            {
                asker.Settled[slot] = Math.Max(asker.Settled[slot], round.LowestMark);
            }
        }

        if (_trace is not null)
        {
            Note($"m{asker.Index} settled {asker.Settled[0]} {asker.Settled[1]} of {processes & 0xffff:x}, lowest mark {round.LowestMark}");
        }

        asker.Asked = round;
        asker.Asking = null;
    }

    private (long Ticket, ulong Processes) TicketOf(Member one, Member other, int slot)
    {
        if (Is(Broken.FloorFromPairsOnly))
        {
            one.RaiseMark(Clock(one) - _margin);
            other.RaiseMark(Clock(other) - _margin);
            return (Math.Min(one.Disk.Mark, other.Disk.Mark), 1);
        }

        var isAlike = one.SettledProcesses == other.SettledProcesses || Is(Broken.RowsOfAnyProcesses) || Is(Broken.PairSurvivesRestart);
        return isAlike ? (Math.Min(one.Settled[slot], other.Settled[slot]), one.SettledProcesses) : (0, 0);
    }

    private Exchange? BeginExchange(int first, int second, int slot)
    {
        if (first == second || !Reaches(first, second) || _exchanges.Count > 8)
        {
            return null;
        }

        Member one = _members[first], other = _members[second];
        Meet(one, other);
        var (ticket, processes) = TicketOf(one, other, slot);
        if (ticket > 0)
        {
            one.Stamp = ++_stamps;
            other.Stamp = ++_stamps;
        }

        var exchange = new Exchange
        {
            One = first,
            Other = second,
            OneActor = one.Actor,
            OtherActor = other.Actor,
            Slot = slot,
            Ticket = ticket,
            Processes = processes,
            OneFloor = one.Disk.Floor[slot],
            OtherFloor = other.Disk.Floor[slot],
            OneKnew = !one.Lacks(slot),
            OtherKnew = !other.Lacks(slot),
        };
        if (Is(Broken.FloorBeforeObjects))
        {
            Adopt(one, slot, exchange.OtherFloor);
            Adopt(other, slot, exchange.OneFloor);
        }

        if (_trace is not null)
        {
            Note($"exchange m{first} m{second} slot {slot} begins, ticket {ticket}");
        }

        _exchanges.Add(exchange);
        return exchange;
    }

    private void StepExchange()
    {
        if (_exchanges.Count > 0)
        {
            var exchange = _exchanges[_chance.Below(_exchanges.Count)];
            if (_chance.In(3) || !Step(exchange))
            {
                _exchanges.Remove(exchange);
            }
        }
    }

    /// <summary>False once the exchange is over, however it ended.</summary>
    private bool Step(Exchange exchange)
    {
        Member one = _members[exchange.One], other = _members[exchange.Other];
        if (!Reaches(exchange.One, exchange.Other) || one.Actor != exchange.OneActor || other.Actor != exchange.OtherActor)
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

        while (exchange.Key < Keys && SlotOf(exchange.Key) != exchange.Slot)
        {
            exchange.Key++;
        }

        if (exchange.Key == Keys)
        {
            return End(exchange, one, other);
        }

        Copy here = ViewOf(one, exchange.Key), there = ViewOf(other, exchange.Key);
        var hashed = Is(Broken.TombstoneHashedAsAbsent) ? ~_ledgers[exchange.Key].Deletes : ulong.MaxValue;
        if ((here.Live & hashed) == (there.Live & hashed))
        {
            exchange.Key++;
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
        if (exchange.IsOneSynced == false)
        {
            if (!Is(Broken.UnsyncedPair))
            {
                Sync(one);
            }

            exchange.IsOneSynced = true;
            return true;
        }

        if (!Is(Broken.UnsyncedPair))
        {
            Sync(other);
        }

        if (Is(Broken.ReportAfterExchangeBegan))
        {
            (exchange.Ticket, exchange.Processes) = TicketOf(one, other, slot);
        }

        if (_trace is not null)
        {
            Note($"exchange m{one.Index} m{other.Index} slot {slot} ends, ticket {exchange.Ticket}");
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
        long oneFloor = exchange.OneFloor, otherFloor = exchange.OtherFloor;
        if (Is(Broken.AdoptFloorOfTheEnd))
        {
            (oneFloor, otherFloor) = (one.Disk.Floor[slot], other.Disk.Floor[slot]);
        }

        Adopt(one, slot, exchange.OtherKnew || Is(Broken.AdoptFromIncomplete) ? otherFloor : 0);
        Adopt(other, slot, exchange.OneKnew || Is(Broken.AdoptFromIncomplete) ? oneFloor : 0);
        return false;
    }

    private static void SetPair(Member member, int other, Exchange exchange)
    {
        if (exchange.Ticket > 0)
        {
            member.Pair[exchange.Slot, other] = exchange.Processes == member.PairProcesses[exchange.Slot, other] ? Math.Max(member.Pair[exchange.Slot, other], exchange.Ticket) : exchange.Ticket;
            member.PairProcesses[exchange.Slot, other] = exchange.Processes;
        }
    }

    private void Adopt(Member member, int slot, long floor)
    {
        if (floor > member.Disk.Floor[slot] && !Is(Broken.PurgeWithoutFloor))
        {
            _outcome.FloorsAdopted++;
            if (_trace is not null)
            {
                Note($"m{member.Index} slot {slot} adopts floor {floor}");
            }

            member.RaiseFloor(slot, floor);
            member.RaiseMark(floor);
            member.Last = Math.Max(member.Last, floor);
        }
    }

    /// <summary>An owner that had lost its disk has merged all that another has.</summary>
    private void Refilled(Member member, Member from, int slot, long floorAtFirst, bool knew)
    {
        if (!member.Lacks(slot) || (from.Disk.Floor[slot] != floorAtFirst && !Is(Broken.RefillOverMovingFloor)))
        {
            return;
        }

        member.RefilledAny[slot] |= 1 << from.Index;
        member.RefilledKnowing[slot] |= knew || Is(Broken.RefillFromAnybody) ? 1 << from.Index : 0;
        if (Bits(member.RefilledKnowing[slot]) > _n - _w || Bits(member.RefilledAny[slot]) == _n - 1)
        {
            member.Disk.Known[slot] = true;
            for (var key = 0; key < Keys; key++)
            {
                if (SlotOf(key) == slot)
                {
                    member.Disk.Incomplete[key] = false;
                }
            }

            Adopt(member, slot, knew || Is(Broken.AdoptFromIncomplete) ? floorAtFirst : 0);
            Sync(member);
            for (var key = 0; key < Keys; key++)
            {
                if (SlotOf(key) == slot)
                {
                    _ledgers[key].Regain(member.Index, _ledgers[key].Effective(ViewOf(member, key)));
                }
            }
        }
    }

    private void SetRow(Member member, int slot)
    {
        var row = long.MaxValue;
        var processes = 0UL;
        var isOne = true;
        for (var other = 0; other < _n; other++)
        {
            if (other == member.Index)
            {
                continue;
            }

            isOne &= processes == 0 || processes == member.PairProcesses[slot, other] || Is(Broken.RowsOfAnyProcesses) || Is(Broken.PairSurvivesRestart);
            processes = member.PairProcesses[slot, other];
            row = Math.Min(row, member.Pair[slot, other]);
        }

        member.Row[slot, member.Index] = isOne ? row : 0;
        member.RowProcesses[slot, member.Index] = processes;
    }

    private void Tell(Member from, Member to, int slot)
    {
        SetRow(from, slot);
        to.Row[slot, from.Index] = from.Row[slot, from.Index];
        to.RowProcesses[slot, from.Index] = from.RowProcesses[slot, from.Index];
    }

    private void AdvanceFloor(Member member)
    {
        if (!member.IsUp || Is(Broken.PurgeWithoutFloor))
        {
            return;
        }

        for (var slot = 0; slot < Slots; slot++)
        {
            SetRow(member, slot);
            var floor = long.MaxValue;
            for (var owner = 0; owner < _n; owner++)
            {
                var isAlike = member.RowProcesses[slot, owner] == member.RowProcesses[slot, member.Index] || Is(Broken.RowsOfAnyProcesses) || Is(Broken.PairSurvivesRestart);
                floor = Math.Min(floor, isAlike ? member.Row[slot, owner] : 0);
            }

            if (floor > member.Disk.Floor[slot])
            {
                if (_trace is not null)
                {
                    Note($"m{member.Index} slot {slot} floor {floor}");
                }

                member.RaiseFloor(slot, floor);
                _outcome.FloorsAdvanced++;
            }
        }
    }

    /// <summary>Strips contexts, purges tombstones, and sweeps values whose time is over.</summary>
    private void Purge(Member member)
    {
        if (!member.IsUp)
        {
            return;
        }

        for (var key = 0; key < Keys; key++)
        {
            var ledger = _ledgers[key];
            var view = ViewOf(member, key);
            if (Is(Broken.PurgeWithoutFloor))
            {
                PurgeWhereAllHold(key);
                continue;
            }

            var below = ledger.Below(view.Floor);
            var above = (view.Seen | view.Live) & ~below;
            var isSettled = above == 0 || Is(Broken.PurgeBelowHigherContext);
            var over = (ledger.Deletes & below) | (ledger.Expired & (Is(Broken.SweepAboveFloor) ? ulong.MaxValue : below));
            var live = isSettled || Is(Broken.SweepAboveFloor) ? view.Live & ~over : view.Live;
            _outcome.Purges += live != view.Live ? 1 : 0;
            if (member.Disk.Owned[key] != default)
            {
                Store(member, key, view with { Live = live, Seen = view.Seen & ~below });
            }
        }
    }

    private void PurgeWhereAllHold(int key)
    {
        var held = _ledgers[key].Deletes;
        for (var owner = 0; owner < _n; owner++)
        {
            held &= ViewOf(_members[owner], key).Live;
        }

        for (var owner = 0; owner < _n && held != 0; owner++)
        {
            var view = ViewOf(_members[owner], key);
            _outcome.Purges++;
            Store(_members[owner], key, (view.Live & ~held) == 0 ? default : view with { Live = view.Live & ~held });
        }
    }
}

/// <summary>Two owners compare a slot, key by key, and give each other what differs.</summary>
internal sealed class Exchange
{
    public required int One { get; init; }

    public required int Other { get; init; }

    public required int OneActor { get; init; }

    public required int OtherActor { get; init; }

    public required int Slot { get; init; }

    public required long OneFloor { get; init; }

    public required long OtherFloor { get; init; }

    public required bool OneKnew { get; init; }

    public required bool OtherKnew { get; init; }

    public required long Ticket { get; set; }

    public required ulong Processes { get; set; }

    public int Key { get; set; }

    public Copy? Parcel { get; set; }

    public bool IsOneSynced { get; set; }
}
