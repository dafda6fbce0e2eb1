using System.Numerics;
using Toystore.Tests.Healing.Model;

namespace Toystore.Tests.Placement.Model;

/// <content>Writes and reads, and what members answer to them.</content>
internal sealed partial class World
{
    private static Copy OwnedBy(Member member, int key)
    {
        var owned = member.Disk.Owned[key];
        return member.Disk.Incomplete[key] ? owned : owned with { Floor = Math.Max(owned.Floor, member.Disk.Floor[SlotOf(key)]) };
    }

    /// <summary>What a member has in its present role.</summary>
    private Copy ViewOf(Member member, int key) => IsOwner(member, SlotOf(key)) ? OwnedBy(member, key) : member.Disk.Held[key];

    /// <summary>All that a member has of a key, in whatever role it got it.</summary>
    private Copy BaseOf(Member member, int key) =>
        Is(Broken.BaseOfRoleOnly) ? ViewOf(member, key) : _ledgers[key].Merge(OwnedBy(member, key), member.Disk.Held[key], true);

    private void Store(Member member, int key, Copy copy)
    {
        _ledgers[key].Taken |= copy.Live;
        if (_trace is not null && ViewOf(member, key) != copy)
        {
            Note($"m{member.Index} k{key} {Text(key, ViewOf(member, key))} -> {Text(key, copy)}");
        }

        var disk = member.Disk;
        if (!IsOwner(member, SlotOf(key)))
        {
            if (disk.Held[key] != copy)
            {
                disk.Held[key] = copy;
                disk.Confirmed[key] = 0;
            }

            return;
        }

        StoreOwned(member, key, copy);
    }

    private static void StoreOwned(Member member, int key, Copy copy)
    {
        var floor = member.Disk.Incomplete[key] ? 0 : member.Disk.Floor[SlotOf(key)];
        member.Disk.Owned[key] = copy.IsNothing && copy.Floor <= floor ? default : copy;
    }

    private Copy Merge(int key, Copy here, Copy there) => _ledgers[key].Merge(here, there, true);

    /// <summary>The sets of which a write needs W each.</summary>
    private (int First, int Second) WriteSets(Placement placement) =>
        placement.Stage == 0 || (placement.Stage == 1 && Is(Broken.WriteOldOnly)) ? (placement.Old, placement.Old) : (placement.Old, placement.New);

    private bool HasEnough(Placement placement, int holders, int standIns)
    {
        var (first, second) = WriteSets(placement);
        return Bits(holders & first) + standIns >= _quorums.Writes(first) && Bits(holders & second) + standIns >= _quorums.Writes(second);
    }

    /// <summary>A put or a delete by a client that has read nothing, or something, however long ago.</summary>
    private Request? BeginWrite(Member member, int key)
    {
        var ledger = _ledgers[key];
        if (!IsServing(member) || ledger.Count >= WritesPerKeyMax || !(member.HasHeard || Is(Broken.JoinerWithoutMark)))
        {
            return null;
        }

        if (!IsOwner(member, SlotOf(key)) && _chance.In(50))
        {
            return null;
        }

        var tokens = _tokens[key];
        var token = tokens.Count == 0 || _chance.In(15) ? default : tokens[_chance.In(75) ? tokens.Count - 1 : _chance.Below(tokens.Count)];
        var request = new Request { Coordinator = member.Index, Actor = member.Actor, Key = key, Token = token, Document = DocumentOf(member) };
        AddRequest(request);
        MintAndSend(request, token.Live, _chance.In(50));
        return request;
    }

    private void AddRequest(Request request)
    {
        _requests.Add(request);
        if (_requests.Count > 24)
        {
            _requests.RemoveAt(0);
        }
    }

    private void MintAndSend(Request request, ulong read, bool delete)
    {
        var member = _members[request.Coordinator];
        var key = request.Key;
        var ledger = _ledgers[key];
        var view = BaseOf(member, key);
        for (var rest = view.Live | view.Seen | request.Token.Live; rest != 0; rest &= rest - 1)
        {
            var reading = ledger.Time[BitOperations.TrailingZeroCount(rest)];
            member.Last = reading <= Wall(member) + SkewMax ? Math.Max(member.Last, reading) : member.Last;
        }

        // A dot at or below a floor that comes with it would be taken for a known one. A client's context may be older than all that the members still have.
        member.Last = Math.Max(Wall(member), Math.Max(member.Last, Math.Max(view.Floor, request.Token.Floor)) + 1);
        var write = ledger.Mint(member.Minter, member.Last, read, delete);
        var bit = 1UL << write;
        _outcome.Writes++;
        request.Write = write;
        request.Holders = 0;
        request.StandIns = 0;
        if (_trace is not null)
        {
            Note($"m{member.Index} actor {member.Minter} mints k{key} write {write} at {member.Last} {(delete ? "delete" : "put")} having read {ledger.History[write]:x}");
        }

        var live = (view.Live & ~ledger.Effective(request.Token) & ~read) | bit;
        var seen = view.Seen | view.Live | request.Token.Seen | request.Token.Live | read | ledger.Closure[write];
        var floor = Math.Max(view.Floor, request.Token.Floor);
        Store(member, key, new Copy(live, seen & ~ledger.Below(floor), floor));
        var placement = request.Document.Slots[SlotOf(key)];
        var isOwner = placement.IsOwner(member.Index);
        Acknowledge(member, new Frame { Kind = FrameKind.Done, From = member.Index, To = member.Index, Key = key, Write = write, Request = request, Actor = request.Actor, Counts = true, ToStandIn = !isOwner });
        if (!IsOwner(member, SlotOf(key)))
        {
            member.Disk.Owed[key] |= placement.Owners;
            member.Disk.Counted[key] |= bit;
        }

        SendToOwners(request);
    }

    private void SendToOwners(Request request)
    {
        var placement = request.Document.Slots[SlotOf(request.Key)];
        for (var owner = 0; owner < MembersMax; owner++)
        {
            if (!placement.IsOwner(owner) || owner == request.Coordinator || (request.Holders & (1 << owner)) != 0)
            {
                continue;
            }

            SendNew(request, owner, false, true);
            var isAway = !Reaches(request.Coordinator, owner);
            var standIn = OneOf(request.Document.Members & ~placement.Owners & ~(1 << request.Coordinator));
            if (standIn >= 0 && (isAway ? _chance.In(70) : _chance.In(10)))
            {
                SendNew(request, standIn, true, isAway && _chance.In(80), 1 << owner);
            }
        }
    }

    private void SendNew(Request request, int to, bool toStandIn, bool counts, int owed = 0)
    {
        if (Reaches(request.Coordinator, to))
        {
            Send(new Frame
            {
                Kind = FrameKind.New,
                From = request.Coordinator,
                To = to,
                Key = request.Key,
                Since = request.Document.Slots[SlotOf(request.Key)].Since,
                Epoch = request.Document.Number,
                Content = BaseOf(_members[request.Coordinator], request.Key),
                Write = request.Write,
                Request = request,
                Actor = request.Actor,
                ToStandIn = toStandIn,
                Owed = owed,
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
            case FrameKind.Offer:
                TakeOffer(member, frame);
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
            case FrameKind.Overtaken:
                if (!member.Disk.IsInDoubt)
                {
                    Learn(member, frame.Epoch);
                    if (frame.Request is { Write: >= 0 } overtaken && overtaken.Actor == member.Actor)
                    {
                        MoveOn(overtaken);
                    }
                }

                break;
            default:
                if (frame.Request is { IsDone: false } again && again.Actor == member.Actor && again.Write == frame.Write && again.Document.Slots[SlotOf(again.Key)].Since == frame.Since)
                {
                    SendNew(again, frame.From, frame.ToStandIn, frame.Counts, frame.Owed);
                }

                break;
        }
    }

    /// <summary>A write goes on by a newer document. What owners acknowledged counts as long as their ownership has not begun anew.</summary>
    private void MoveOn(Request request)
    {
        var member = _members[request.Coordinator];
        var newer = DocumentOf(member);
        if (request.IsDone || !IsServing(member) || member.Actor != request.Actor || newer.Number <= request.Document.Number)
        {
            return;
        }

        Placement was = request.Document.Slots[SlotOf(request.Key)], now = newer.Slots[SlotOf(request.Key)];
        request.Document = newer;
        if (was.Since == now.Since)
        {
            return;
        }

        for (var owner = 0; owner < MembersMax && !Is(Broken.StaleHoldersCount); owner++)
        {
            request.Holders &= was.Begun[owner] == now.Begun[owner] ? -1 : ~(1 << owner);
        }

        // What the coordinator holds may have been handed over and dropped meanwhile: then the outcome stays unknown.
        var held = BaseOf(member, request.Key);
        if (((held.Live | held.Seen) & (1UL << request.Write)) == 0)
        {
            request.Tries = int.MaxValue;
            return;
        }

        Judge(request);
        SendToOwners(request);
    }

    /// <summary>Refuses what was sent by another document of the slot; learns a newer one first.</summary>
    private bool IsOvertaken(Member member, Frame frame)
    {
        if (member.Disk.IsInDoubt)
        {
            if (!Is(Broken.DocumentFromAnybody))
            {
                return true;
            }

            member.Disk.IsInDoubt = false;
            Learn(member, frame.Epoch);
        }

        var slot = SlotOf(frame.Key);
        if (frame.Since > SinceOf(member, slot) && !Is(Broken.BehindAnswers))
        {
            Learn(member, frame.Epoch);
        }

        if (!IsServing(member))
        {
            return true;
        }

        var isOfMember = DocumentOf(member).Names(frame.From) || frame.Kind == FrameKind.Offer || Is(Broken.RemovedCopiesTaken);
        if (isOfMember && (frame.Since >= SinceOf(member, slot) || Is(Broken.NoFence)))
        {
            return false;
        }

        _outcome.Overtaken++;
        Send(Answer(FrameKind.Overtaken, frame, member));
        return true;
    }

    /// <summary>Live dots at or below the mark that the member has not heard of: a frame that brings some must have been sent since the member's stamp.</summary>
    private bool IsUnheard(Member member, Frame frame, ulong except, long reading)
    {
        var ledger = _ledgers[frame.Key];
        var view = ViewOf(member, frame.Key);
        return (frame.Content.Live & ~except & ~view.Live & ~view.Seen & ledger.Below(reading)) != 0;
    }

    private void TakeNew(Member member, Frame frame)
    {
        if (IsOvertaken(member, frame) || !(member.HasHeard || Is(Broken.JoinerWithoutMark)))
        {
            return;
        }

        var view = ViewOf(member, frame.Key);
        var bit = 1UL << frame.Write;
        if (((view.Live | view.Seen) & bit) == 0 && _ledgers[frame.Key].Time[frame.Write] <= member.Disk.Mark)
        {
            Send(Answer(FrameKind.TooLow, frame, member));
            return;
        }

        if (frame.Stamp != member.Stamp && IsUnheard(member, frame, bit, member.Disk.Mark))
        {
            Send(Answer(FrameKind.Stale, frame, member));
            return;
        }

        Store(member, frame.Key, Merge(frame.Key, view, frame.Content));
        if (!IsOwner(member, SlotOf(frame.Key)))
        {
            member.Disk.Owed[frame.Key] |= frame.Owed;
            member.Disk.Counted[frame.Key] |= frame.Counts ? bit : 0;
        }

        Acknowledge(member, Answer(FrameKind.Done, frame, member));
    }

    private void TakeCopy(Member member, Frame frame)
    {
        if (IsOvertaken(member, frame) || !IsOwner(member, SlotOf(frame.Key)) || (frame.Stamp != member.Stamp && IsUnheard(member, frame, 0, member.Disk.Mark)))
        {
            return;
        }

        var merged = Merge(frame.Key, ViewOf(member, frame.Key), frame.Content);
        Store(member, frame.Key, merged);
        if (frame.Request is not { } read || (read.Found.Live & ~(merged.Live | merged.Seen)) == 0)
        {
            Acknowledge(member, Answer(FrameKind.Done, frame, member));
        }
    }

    /// <summary>A removed member's copy is taken whole, or set aside whole: what it lives on may have been passed by a floor, and then its context is not to be believed.</summary>
    private void TakeOffer(Member member, Frame frame)
    {
        if (IsOvertaken(member, frame) || !IsOwner(member, SlotOf(frame.Key)))
        {
            return;
        }

        if (!Is(Broken.OfferUnderFloorOnly) && IsUnheard(member, frame, 0, member.Disk.Mark))
        {
            _outcome.SetAside++;
            return;
        }

        _outcome.Offered++;
        Store(member, frame.Key, Merge(frame.Key, ViewOf(member, frame.Key), frame.Content));
    }

    private static Frame Answer(FrameKind kind, Frame frame, Member member) => new()
    {
        Kind = kind,
        From = member.Index,
        To = frame.From,
        Key = frame.Key,
        Since = frame.Since,
        Epoch = member.Disk.Epoch,
        Content = frame.Content,
        Write = frame.Write,
        Request = frame.Request,
        Actor = frame.Actor,
        ToStandIn = frame.ToStandIn,
        Owed = frame.Owed,
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
            member.Unsynced.Add(answer);
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
            Reply(answer);
        }

        RefillAlone(member);
    }

    private void CountHolder(Request request, Frame frame)
    {
        var coordinator = _members[request.Coordinator];
        if (!coordinator.IsUp || coordinator.Actor != request.Actor)
        {
            return;
        }

        if (request.Write < 0)
        {
            // A read's writing back.
            request.Holders |= 1 << frame.From;
            if (HasEnough(request.Document.Slots[SlotOf(request.Key)], request.Holders, 0))
            {
                for (var rest = request.Found.Live; rest != 0; rest &= rest - 1)
                {
                    Credit(request, BitOperations.TrailingZeroCount(rest), request.Holders, true);
                }
            }

            return;
        }

        if (request.Write != frame.Write || !frame.Counts)
        {
            return;
        }

        if (frame.ToStandIn)
        {
            request.StandIns |= 1 << frame.From;
        }
        else
        {
            var was = frame.From == frame.To ? request.Document.Slots[SlotOf(request.Key)].Begun[frame.From] : _begun(frame);
            request.Holders |= was == request.Document.Slots[SlotOf(request.Key)].Begun[frame.From] || Is(Broken.StaleHoldersCount) ? 1 << frame.From : 0;
        }

        Judge(request);

        int _begun(Frame answer) => DocumentWith(SlotOf(answer.Key), answer.Since).Slots[SlotOf(answer.Key)].Begun[answer.From];
    }

    /// <summary>A document in which the slot is as it is since <paramref name="since"/>.</summary>
    private Document DocumentWith(int slot, int since) => _documents[Math.Clamp(since, 0, _documents.Count - 1)] is var document && document.Slots[slot].Since == since ? document : Newest;

    private void Judge(Request request)
    {
        var placement = request.Document.Slots[SlotOf(request.Key)];
        if (request.IsDone || HasEnough(placement, request.Holders, Bits(request.StandIns)))
        {
            if (_trace is not null && !request.IsDone)
            {
                Note($"done k{request.Key} write {request.Write} holders {request.Holders:x} stand-ins {request.StandIns:x} document {request.Document.Number}");
            }

            request.IsDone = true;
            Credit(request, request.Write, request.Holders | request.StandIns, HasEnough(placement, request.Holders, 0));
        }
    }

    private void Credit(Request request, int write, int holders, bool strict)
    {
        var placement = request.Document.Slots[SlotOf(request.Key)];
        var (first, second) = WriteSets(placement);
        _ledgers[request.Key].Acknowledge(write, holders, strict, member => HeldNow(member, request.Key), Math.Max(_quorums.Writes(first), _quorums.Writes(second)));
        LoseRemoved(request.Key);
    }

    private ulong HeldNow(int index, int key)
    {
        var disk = _members[index].Durable;
        return (_removed & (1 << index)) != 0 ? 0 : disk.Owned[key].Live | disk.Owned[key].Seen | disk.Held[key].Live | disk.Held[key].Seen;
    }

    /// <summary>A member has marked above the dot: the coordinator adopts the mark and mints again, having seen its first try.</summary>
    private void MintAgain(Frame frame)
    {
        var member = _members[frame.To];
        if (frame.Request is not { IsDone: false } request || request.Actor != member.Actor || !IsServing(member))
        {
            return;
        }

        member.Last = Math.Max(member.Last, frame.Mark);
        var ledger = _ledgers[request.Key];
        if (request.Write != frame.Write || request.Tries > 5 || ledger.Count >= Ledger.WritesMax)
        {
            return;
        }

        request.Tries++;
        request.Document = DocumentOf(member);
        var earlier = 1UL << request.Write;
        MintAndSend(request, request.Token.Live | earlier, (ledger.Deletes & earlier) != 0);
    }

    private void BeginRead(Member reader, int key)
    {
        if (IsServing(reader))
        {
            var ledger = _ledgers[key];
            AddRequest(new Request { Coordinator = reader.Index, Actor = reader.Actor, Key = key, Document = DocumentOf(reader), Must = ledger.Strict });
        }
    }

    private void StepRequest()
    {
        if (_requests.Count == 0)
        {
            return;
        }

        var request = _requests[_chance.In(70) ? _requests.Count - 1 : _chance.Below(_requests.Count)];
        var member = _members[request.Coordinator];
        if (request.IsDone || !IsServing(member) || member.Actor != request.Actor)
        {
            _requests.Remove(request);
        }
        else if (request.Write >= 0)
        {
            MoveOn(request);
        }
        else
        {
            do
            {
                StepRead(member, request);
            }
            while (_requests.Contains(request) && _chance.In(75));
        }
    }

    /// <summary>One more owner is asked. Once R of the readable owners have answered, what they hold together is judged, given to the client, and written back.</summary>
    private void StepRead(Member reader, Request read)
    {
        var placement = read.Document.Slots[SlotOf(read.Key)];
        AskOwner(reader, read, OneOf(placement.Readable & ~read.Asked));
    }

    private void AskOwner(Member reader, Request read, int at)
    {
        var key = read.Key;
        var slot = SlotOf(key);
        var placement = read.Document.Slots[slot];
        if (at < 0 || !Reaches(reader.Index, at))
        {
            return;
        }

        var member = _members[at];
        if (member.Disk.IsInDoubt)
        {
            return;
        }

        if (SinceOf(member, slot) < placement.Since && !Is(Broken.BehindAnswers))
        {
            Learn(member, read.Document.Number);
        }

        if (!IsServing(member) || (SinceOf(member, slot) > placement.Since && !Is(Broken.NoFence)))
        {
            _outcome.Overtaken++;
            Learn(reader, member.Disk.Epoch);
            read.Document = DocumentOf(reader);
            read.Asked = 0;
            read.Found = default;
            return;
        }

        if (!Knows(member, slot) || member.Disk.Incomplete[key])
        {
            return;
        }

        read.Asked |= 1 << at;
        read.Found = _ledgers[key].Merge(read.Found, OwnedBy(member, key), true);
        if (Bits(read.Asked) >= _quorums.Reads(placement.Readable))
        {
            EndRead(reader, read);
        }
    }

    private void EndRead(Member reader, Request read)
    {
        var key = read.Key;
        var placement = read.Document.Slots[SlotOf(key)];
        read.IsDone = true;
        _requests.Remove(read);
        _outcome.Reads++;
        _outcome.ReadsInMoves += placement.Stage > 0 ? 1 : 0;
        if (_trace is not null)
        {
            Note($"m{reader.Index} reads k{key} from {read.Asked:x} by document {read.Document.Number}: {Text(key, read.Found)}, must see {read.Must:x}");
        }

        Judge(key, read.Found.Live, read.Must, "a quorum read");
        _tokens[key].Add(read.Found);
        for (var owner = 0; owner < MembersMax; owner++)
        {
            if (placement.IsOwner(owner) && Reaches(reader.Index, owner) && read.Found.Live != 0 && (!_isLean || _chance.In(10)))
            {
                Send(new Frame { Kind = FrameKind.Copy, From = reader.Index, To = owner, Key = key, Since = placement.Since, Epoch = read.Document.Number, Content = read.Found, Request = read, Actor = reader.Actor, Stamp = _members[owner].Stamp });
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
