namespace Toystore.Tests.Placement.Model;

/// <content>Everything is well again: what must become of it, and in how many rounds.</content>
internal sealed partial class World
{
    private const int RoundsToSettleMax = 14;
    private const int RoundsToCleanMax = 4;

    private void Heal()
    {
        Array.Clear(_cut);
        _exchanges.Clear();
        _requests.Clear();
        _lossPercent = 0;
        _isHealing = true;
        for (var index = 0; index < MembersMax; index++)
        {
            Start(_members[index], true);
            ReadRegister(_members[index]);
            Catch(_members[index]);
        }

        for (var hello = 0; hello < 7 * MembersMax; hello++)
        {
            Gossip(_members[hello % MembersMax], _members[(hello + 1 + (hello / MembersMax)) % MembersMax]);
        }

        for (var frame = _frames.Count / 2; frame > 0; frame--)
        {
            DeliverOne();
        }

        foreach (var member in _members)
        {
            member.Offset = _chance.Below(40) - 20;
        }

        _now += 1_000_000;
        FinishMoves();
        RequireWritesToSucceed();
        Clean("convergence");
        foreach (var frame in _frames.ToArray())
        {
            Deliver(frame);
        }

        _frames.Clear();
        Clean("convergence after late frames");
    }

    private void Catch(Member member)
    {
        if (member.IsUp && !member.Disk.IsInDoubt)
        {
            Learn(member, Newest.Number);
        }
    }

    private void FinishMoves()
    {
        for (var round = 0; !IsSettled(); round++)
        {
            Require(round < RoundsToSettleMax, "moves do not come to an end");
            for (var slot = 0; slot < Slots; slot++)
            {
                var placement = Newest.Slots[slot];
                var by = _members[OneOf(Newest.Members)];
                if (placement.Stage > 0)
                {
                    Advance(by, slot, false);
                }
                else if ((placement.Old & ~Newest.Members) != 0)
                {
                    StartMove(by, slot);
                }
            }

            HealingRound();
        }
    }

    private bool IsSettled()
    {
        var isSettled = true;
        foreach (var placement in Newest.Slots)
        {
            isSettled &= placement.Stage == 0 && (placement.Old & ~Newest.Members) == 0;
        }

        return isSettled;
    }

    private void Clean(string where)
    {
        for (var round = 1; ; round++)
        {
            HealingRound();
            Require(AreEqual() || round == 1, $"owners differ at {where}");
            if (IsClean() && AreEqual())
            {
                break;
            }

            Require(round < RoundsToCleanMax, $"tombstones, contexts, hints or former copies remain at {where}");
        }

        JudgeAll(where);
    }

    private void RequireWritesToSucceed()
    {
        for (var index = 0; index < MembersMax; index++)
        {
            var member = _members[index];
            if (!Newest.Names(index))
            {
                continue;
            }

            var key = _chance.Below(Keys);
            var request = IsOwner(member, SlotOf(key)) ? BeginWrite(member, key) : null;
            for (var turn = 0; turn < 12 && request is { IsDone: false }; turn++)
            {
                foreach (var each in _members)
                {
                    Sync(each);
                }

                for (var at = _frames.Count - 1; at >= 0; at--)
                {
                    if (at < _frames.Count && ReferenceEquals(_frames[at].Request, request))
                    {
                        var frame = _frames[at];
                        _frames.RemoveAt(at);
                        Deliver(frame);
                    }
                }

                if (!request.IsDone)
                {
                    SendToOwners(request);
                }
            }

            if (request is { IsDone: false })
            {
                Note($"m{index} k{request.Key} write {request.Write} holders {request.Holders:x} tries {request.Tries}, heard {string.Join(",", _members.Select(m => m.HasHeard))}, members {Newest.Members:x}, {_quorums}");
            }

            Require(request is null or { IsDone: true }, "a write in a healthy cluster does not come to an end");
        }
    }

    private void HealingRound()
    {
        _now += 1_000;
        foreach (var member in _members)
        {
            Catch(member);
            Sync(member);
        }

        foreach (var member in _members)
        {
            HandBack(member);
        }

        for (var turn = 0; turn < 2; turn++)
        {
            foreach (var member in _members)
            {
                AskAll(member);
            }
        }

        for (var slot = 0; slot < Slots; slot++)
        {
            _exchanges.Clear();
            ExchangeAll(slot, 0, 100);
        }

        foreach (var member in _members)
        {
            AdvanceFloor(member);
            Purge(member);
            Sync(member);
        }
    }

    private void HandBack(Member member)
    {
        for (var key = 0; key < Keys && IsServing(member); key++)
        {
            var owners = PlacementOf(member, SlotOf(key)).Owners;
            for (var owner = 0; owner < MembersMax && !member.Disk.Held[key].IsNothing; owner++)
            {
                if ((owners & (1 << owner)) == 0 || !IsServing(_members[owner]))
                {
                    continue;
                }

                var frame = CopyTo(member, owner, key, FrameKind.Copy, member.Disk.Held[key]);
                TakeCopy(_members[owner], frame);
                _members[owner].Sync();
                _members[owner].Unsynced.Clear();
                Confirm(member, Answer(FrameKind.Done, frame, _members[owner]));
            }

            if (!member.Disk.Held[key].IsNothing)
            {
                DropDelivered(member, key);
            }
        }
    }

    private void AskAll(Member asker)
    {
        asker.Asking = null;
        do
        {
            Ask(asker);
        }
        while (asker.Asking is not null);
    }

    private bool AreEqual()
    {
        for (var key = 0; key < Keys; key++)
        {
            var passing = _ledgers[key].Deletes | _ledgers[key].Expired;
            var first = -1;
            for (var owner = 0; owner < MembersMax; owner++)
            {
                if (!Newest.Slots[SlotOf(key)].IsOwner(owner))
                {
                    continue;
                }

                first = first < 0 ? owner : first;
                if ((ViewOf(_members[owner], key).Live & ~passing) != (ViewOf(_members[first], key).Live & ~passing))
                {
                    return false;
                }
            }
        }

        return true;
    }

    private bool IsClean()
    {
        for (var key = 0; key < Keys; key++)
        {
            for (var index = 0; index < MembersMax; index++)
            {
                if (!Newest.Names(index))
                {
                    continue;
                }

                var disk = _members[index].Disk;
                var copy = disk.Owned[key];
                var owns = Newest.Slots[SlotOf(key)].IsOwner(index);
                if ((copy.Live & (_ledgers[key].Deletes | _ledgers[key].Expired)) != 0 || (copy.Seen & ~copy.Live) != 0 || (copy.Live == 0 && copy != default) || !disk.Held[key].IsNothing)
                {
                    return false;
                }

                if (owns ? Lacks(_members[index], SlotOf(key)) : HasFormerCopy(_members[index], SlotOf(key)))
                {
                    return false;
                }
            }
        }

        return true;
    }

    private void JudgeAll(string where)
    {
        for (var key = 0; key < Keys; key++)
        {
            for (var owner = 0; owner < MembersMax; owner++)
            {
                if (Newest.Slots[SlotOf(key)].IsOwner(owner))
                {
                    Judge(key, ViewOf(_members[owner], key).Live, _ledgers[key].Acknowledged, where);
                }
            }
        }
    }
}
