using System.Numerics;

namespace Toystore.Tests.Healing.Model;

/// <content>Writes and reads, and what members answer to them.</content>
internal sealed partial class World
{
    private Copy ViewOf(Member member, int key)
    {
        if (!IsOwner(member.Index))
        {
            return member.Disk.Held[key];
        }

        var owned = member.Disk.Owned[key];
        return member.Disk.Incomplete[key] && !Is(Broken.CorruptIsAbsent)
            ? owned
            : owned with { Floor = Math.Max(owned.Floor, member.Disk.Floor[SlotOf(key)]) };
    }

    private void Store(Member member, int key, Copy copy)
    {
        _ledgers[key].Taken |= copy.Live;
        if (_trace is not null && ViewOf(member, key) != copy)
        {
            Note($"m{member.Index} k{key} {Text(key, ViewOf(member, key))} -> {Text(key, copy)}");
        }

        if (!IsOwner(member.Index))
        {
            if (member.Disk.Held[key] != copy)
            {
                member.Disk.Held[key] = copy;
                member.Disk.Confirmed[key] = 0;
            }

            return;
        }

        var floor = member.Disk.Incomplete[key] ? 0 : member.Disk.Floor[SlotOf(key)];
        var isForgotten = copy.IsNothing && (copy.Floor <= floor || Is(Broken.EmptyRecordForgotten));
        member.Disk.Owned[key] = isForgotten ? default : copy;
    }

    private Copy Merge(int key, Copy here, Copy there)
    {
        var merged = _ledgers[key].Merge(here, there, !Is(Broken.FloorsNotJoined));
        _outcome.GhostsRejected += BitOperations.PopCount(there.Live & ~merged.Live & ~here.Seen & ~here.Live);
        return merged;
    }

    /// <summary>A put or a delete by a client that has read nothing, or something, however long ago.</summary>
    private Request? BeginWrite(int coordinator, int key)
    {
        var member = _members[coordinator];
        var ledger = _ledgers[key];
        if (!member.IsUp || ledger.Count >= WritesPerKeyMax || !(member.HasHeard || Is(Broken.NoHello)))
        {
            return null;
        }

        if (!IsOwner(coordinator) && _chance.In(50))
        {
            return null;
        }

        var tokens = _tokens[key];
        var token = tokens.Count == 0 || _chance.In(15) ? default : tokens[_chance.In(75) ? tokens.Count - 1 : _chance.Below(tokens.Count)];
        var request = new Request { Coordinator = coordinator, Actor = member.Actor, Key = key, Token = token };
        MintAndSend(request, token.Live, _chance.In(50));
        return request;
    }

    private void MintAndSend(Request request, ulong read, bool delete)
    {
        var member = _members[request.Coordinator];
        var ledger = _ledgers[request.Key];
        var view = ViewOf(member, request.Key);
        for (var rest = view.Live | view.Seen | request.Token.Live; rest != 0; rest &= rest - 1)
        {
            var reading = ledger.Time[BitOperations.TrailingZeroCount(rest)];
            member.Last = reading <= Wall(member) + SkewMax ? Math.Max(member.Last, reading) : member.Last;
        }

        member.Last = Math.Max(Wall(member), member.Last + 1);
        var write = ledger.Mint(member.Minter, member.Last, read, delete);
        var bit = 1UL << write;
        _outcome.Writes++;
        request.Write = write;
        request.Holders = 0;
        if (_trace is not null)
        {
            Note($"m{member.Index} actor {member.Minter} mints k{request.Key} write {write} at {member.Last} {(delete ? "delete" : "put")} having read {ledger.History[write]:x} token {Text(request.Key, request.Token)}");
        }

        var live = (view.Live & ~ledger.Effective(request.Token) & ~read) | bit;
        var seen = view.Seen | view.Live | request.Token.Seen | request.Token.Live | read | ledger.Closure[write];
        var floor = Math.Max(view.Floor, request.Token.Floor);
        Store(member, request.Key, new Copy(live, seen & ~ledger.Below(floor), floor));
        Acknowledge(member, new Frame { Kind = FrameKind.Done, From = member.Index, To = member.Index, Key = request.Key, Write = write, Request = request, Actor = request.Actor, Counts = true });
        if (!IsOwner(member.Index))
        {
            member.Disk.Owed[request.Key] |= (1 << _n) - 1;
            member.Disk.Counted[request.Key] |= bit;
        }

        for (var owner = 0; owner < _n; owner++)
        {
            if (owner == member.Index)
            {
                continue;
            }

            SendNew(request, owner, -1, true);
            var isAway = !Reaches(member.Index, owner);
            request.OwnHints += isAway && Is(Broken.OwnHintCounts) ? 1 : 0;
            var standIn = _n + _chance.Below(_members.Length - _n);
            if (standIn != member.Index && (isAway ? _chance.In(70) : _chance.In(10)))
            {
                SendNew(request, standIn, owner, isAway && _chance.In(80));
            }
        }
    }

    private void SendNew(Request request, int to, int standsFor, bool counts)
    {
        if (Reaches(request.Coordinator, to))
        {
            Send(new Frame
            {
                Kind = FrameKind.New,
                From = request.Coordinator,
                To = to,
                Key = request.Key,
                Content = ViewOf(_members[request.Coordinator], request.Key),
                Write = request.Write,
                Request = request,
                Actor = request.Actor,
                StandsFor = standsFor,
                Counts = counts,
                Stamp = _members[to].Stamp,
            });
        }
    }

    private void Send(Frame frame)
    {
        if (_chance.In(_lossPercent))
        {
            return;
        }

        _frames.Add(frame);
        if (_chance.In(10))
        {
            _frames.Add(frame);
        }

        if (_frames.Count > FramesMax)
        {
            _frames.RemoveAt(_chance.Below(_frames.Count));
        }
    }

    private void DeliverOne()
    {
        if (_frames.Count == 0)
        {
            return;
        }

        // The newest as a rule; now and then one that has been on its way for ages.
        var at = _chance.In(100 - _latePercent) ? Math.Max(0, _frames.Count - 1 - _chance.Below(4)) : _chance.Below(_frames.Count);
        var frame = _frames[at];
        _frames.RemoveAt(at);
        Deliver(frame);
    }

    private void Deliver(Frame frame)
    {
        var member = _members[frame.To];
        if (!member.IsUp)
        {
            return;
        }

        switch (frame.Kind)
        {
            case FrameKind.New:
                TakeNew(member, frame);
                break;
            case FrameKind.Copy:
                TakeCopy(member, frame);
                break;
            case FrameKind.Done when frame.Request is { } request:
                CountHolder(request, frame);
                break;
            case FrameKind.Done:
                Confirm(member, frame);
                break;
            case FrameKind.TooLow:
                MintAgain(frame);
                break;
            default:
                if (frame.Request is { IsDone: false } again && again.Actor == member.Actor && again.Write == frame.Write)
                {
                    SendNew(again, frame.From, frame.StandsFor, frame.Counts);
                }

                break;
        }
    }

    /// <summary>Live dots at or below the mark that the member has not heard of: a frame that brings some must have been sent since the member's stamp.</summary>
    private bool IsStale(Member member, Frame frame, ulong except)
    {
        if (Is(Broken.NoStamps) || frame.Stamp == member.Stamp)
        {
            return false;
        }

        var ledger = _ledgers[frame.Key];
        var view = ViewOf(member, frame.Key);
        return (frame.Content.Live & ~except & ~view.Live & ~view.Seen & ledger.Below(member.Disk.Mark)) != 0;
    }

    private void TakeNew(Member member, Frame frame)
    {
        if (!member.HasHeard && !Is(Broken.NoHello))
        {
            return;
        }

        var view = ViewOf(member, frame.Key);
        var bit = 1UL << frame.Write;
        if (((view.Live | view.Seen) & bit) == 0)
        {
            var ledger = _ledgers[frame.Key];
            if (ledger.Time[frame.Write] <= member.Disk.Mark && !Is(Broken.MarkDoesNotRefuse))
            {
                _outcome.TooLow++;
                if (_trace is not null)
                {
                    Note($"m{member.Index} refuses k{frame.Key} write {frame.Write}: mark {member.Disk.Mark}");
                }

                Send(Answer(FrameKind.TooLow, frame, member));
                return;
            }
        }

        if (IsStale(member, frame, bit))
        {
            _outcome.Stale++;
            Send(Answer(FrameKind.Stale, frame, member));
            return;
        }

        Store(member, frame.Key, Merge(frame.Key, view, frame.Content));
        if (!IsOwner(member.Index))
        {
            member.Disk.Owed[frame.Key] |= frame.StandsFor >= 0 ? 1 << frame.StandsFor : 0;
            member.Disk.Counted[frame.Key] |= frame.Counts ? bit : 0;
        }

        Acknowledge(member, Answer(FrameKind.Done, frame, member));
    }

    private void TakeCopy(Member member, Frame frame)
    {
        if (IsStale(member, frame, 0) && !(Is(Broken.HandedOnBetweenStandIns) && !IsOwner(member.Index)))
        {
            _outcome.Stale++;
            return;
        }

        var merged = Merge(frame.Key, ViewOf(member, frame.Key), frame.Content);
        Store(member, frame.Key, merged);
        if (!IsOwner(member.Index))
        {
            member.Disk.Owed[frame.Key] |= (1 << _n) - 1;
        }

        if (frame.Request is not { } read || (read.Found & ~(merged.Live | merged.Seen)) == 0)
        {
            Acknowledge(member, Answer(FrameKind.Done, frame, member));
        }
    }

    private static Frame Answer(FrameKind kind, Frame frame, Member member) => new()
    {
        Kind = kind,
        From = member.Index,
        To = frame.From,
        Key = frame.Key,
        Content = frame.Content,
        Write = frame.Write,
        Request = frame.Request,
        Actor = frame.Actor,
        StandsFor = frame.StandsFor,
        Counts = frame.Counts,
        Mark = member.Disk.Mark,
    };

    private void Acknowledge(Member member, Frame answer)
    {
        if (_acknowledgesUnsynced && answer.Request is { Write: >= 0 })
        {
            Reply(answer);
        }
        else
        {
            member.Unsynced.Add(new Acknowledgement(answer, default));
        }
    }

    private void Reply(Frame answer)
    {
        if (answer.From == answer.To)
        {
            Deliver(answer);
        }
        else
        {
            Send(answer);
        }
    }

    private void Sync(Member member)
    {
        if (!member.IsUp)
        {
            return;
        }

        member.Sync();
        var answers = member.Unsynced.ToArray();
        member.Unsynced.Clear();
        foreach (var answer in answers)
        {
            Reply(answer.Frame);
        }
    }

    private void CountHolder(Request request, Frame frame)
    {
        var coordinator = _members[request.Coordinator];
        if (!coordinator.IsUp || coordinator.Actor != request.Actor)
        {
            return;
        }

        var ledger = _ledgers[request.Key];
        if (request.Write < 0)
        {
            request.Holders |= 1 << frame.From;
            for (var rest = Bits(request.Holders) >= _w ? request.Found : 0; rest != 0; rest &= rest - 1)
            {
                ledger.Acknowledge(BitOperations.TrailingZeroCount(rest), request.Holders, true, member => HeldNow(member, request.Key), _w);
            }

            return;
        }

        if (request.Write != frame.Write || !frame.Counts)
        {
            return;
        }

        request.Holders |= 1 << frame.From;
        var owners = request.Holders & ((1 << _n) - 1);
        if (request.IsDone || Bits(request.Holders) + request.OwnHints >= _w)
        {
            request.IsDone = true;
            if (_trace is not null)
            {
                Note($"done k{request.Key} write {request.Write} holders {request.Holders:x}");
            }

            ledger.Acknowledge(request.Write, request.Holders, Bits(owners) + request.OwnHints >= _w, member => HeldNow(member, request.Key), _w);
        }
    }

    private ulong HeldNow(int member, int key) => ViewOf(_members[member], key) is var view ? view.Live | view.Seen : 0;

    /// <summary>A member has marked above the dot: the coordinator adopts the mark and mints again, having seen its first try.</summary>
    private void MintAgain(Frame frame)
    {
        var member = _members[frame.To];
        if (frame.Request is not { IsDone: false } request || request.Actor != member.Actor)
        {
            return;
        }

        if (!Is(Broken.MarkNotAdopted) || frame.Mark <= Wall(member) + SkewMax)
        {
            member.Last = Math.Max(member.Last, frame.Mark);
        }

        var ledger = _ledgers[request.Key];
        if (request.Write != frame.Write || request.Tries++ > 5 || ledger.Count >= Ledger.WritesMax)
        {
            return;
        }

        var earlier = 1UL << request.Write;
        for (var later = request.Write + 1; later < ledger.Count; later++)
        {
            if ((ledger.History[later] & earlier) != 0 && (ledger.Taken & (1UL << later)) != 0)
            {
                _outcome.DoubleEffects++;
                break;
            }
        }

        MintAndSend(request, request.Token.Live | earlier, (ledger.Deletes & earlier) != 0);
    }

    /// <summary>R owners that know are asked; what they hold together is judged, given to the client, and written back.</summary>
    private void Read()
    {
        var reader = _members[_chance.Below(_members.Length)];
        var key = _chance.In(60) ? _busyKey : _chance.Below(_keys);
        var slot = SlotOf(key);
        if (!reader.IsUp)
        {
            return;
        }

        var asked = 0;
        var merged = default(Copy);
        var start = _chance.Below(_members.Length);
        for (var i = 0; i < _members.Length && Bits(asked) < _r; i++)
        {
            var member = _members[(start + i) % _members.Length];
            if (!Reaches(reader.Index, member.Index) || !(IsOwner(member.Index) || Is(Broken.StandInAbsenceIsAnAnswer)))
            {
                continue;
            }

            Meet(reader, member);
            if ((member.Disk.Known[slot] || Is(Broken.WipedKnows)) && (!member.Disk.Incomplete[key] || Is(Broken.CorruptIsAbsent)))
            {
                asked |= 1 << member.Index;
                merged = _ledgers[key].Merge(merged, ViewOf(member, key), true);
            }
        }

        if (Bits(asked) < _r)
        {
            return;
        }

        _outcome.Reads++;
        if (_trace is not null)
        {
            Note($"m{reader.Index} reads k{key} from {asked:x}: {Text(key, merged)}");
        }

        Judge(key, merged.Live, _ledgers[key].Strict, "a quorum read");
        _tokens[key].Add(Is(Broken.TokensWithoutFloor) ? merged with { Floor = 0 } : merged);
        var request = new Request { Coordinator = reader.Index, Actor = reader.Actor, Key = key, Found = merged.Live };
        for (var owner = 0; owner < _n; owner++)
        {
            if (Reaches(reader.Index, owner) && merged.Live != 0)
            {
                Send(new Frame { Kind = FrameKind.Copy, From = reader.Index, To = owner, Key = key, Content = merged, Request = request, Actor = reader.Actor, Stamp = _members[owner].Stamp });
            }
        }
    }

    private string Text(int key, Copy copy) => $"[live {copy.Live:x} seen {copy.Seen:x} floor {copy.Floor} below {_ledgers[key].Below(copy.Floor):x}]";

    private void Judge(int key, ulong live, ulong acknowledged, string where)
    {
        var ledger = _ledgers[key];
        var missing = ledger.Missing(acknowledged, live);
        Require(missing == 0, $"lost at {where}: key {key}, writes {missing:x} of {acknowledged:x}, live {live:x}");
        var returned = ledger.Returned(acknowledged, live);
        Require(returned == 0, $"back at {where}: key {key}, writes {returned:x}, live {live:x}");
    }
}
