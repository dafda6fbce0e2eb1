namespace Toystore.Tests.Healing.Model;

/// <content>Everything is well again: what must become of it, and in how many rounds.</content>
internal sealed partial class World
{
    private const int RoundsToEqualMax = 1;
    private const int RoundsToCleanMax = 2;

    private void Heal()
    {
        Array.Clear(_cut);
        _exchanges.Clear();
        _lossPercent = 0;
        _isHealing = true;
        foreach (var member in _members)
        {
            Start(member, true);
        }

        for (var hello = 0; hello < 2 * _members.Length; hello++)
        {
            Meet(_members[hello % _members.Length], _members[(hello + 1) % _members.Length]);
        }

        RequireWritesToSucceed();
        for (var frame = _frames.Count / 2; frame > 0; frame--)
        {
            DeliverOne();
        }

        foreach (var member in _members)
        {
            member.Offset = _chance.Below(40) - 20;
        }

        _now += 1_000_000;
        for (var round = 1; _outcome.RoundsToClean == 0; round++)
        {
            HealingRound();
            _outcome.RoundsToEqual = _outcome.RoundsToEqual == 0 && AreEqual() ? round : _outcome.RoundsToEqual;
            Require(_outcome.RoundsToEqual > 0 || round < RoundsToEqualMax, "owners differ after healing");
            _outcome.RoundsToClean = _outcome.RoundsToEqual > 0 && IsClean() ? round : 0;
            Require(_outcome.RoundsToClean > 0 || round < RoundsToCleanMax, "tombstones or contexts remain");
        }

        JudgeAll("convergence");
        foreach (var frame in _frames.ToArray())
        {
            Deliver(frame);
        }

        _frames.Clear();
        HealingRound();
        Require(AreEqual(), "owners differ after late frames");
        JudgeAll("convergence after late frames");
        for (var round = 0; round < RoundsToCleanMax; round++)
        {
            HealingRound();
        }

        Require(IsClean(), "tombstones or contexts remain after late frames");
        foreach (var ledger in _ledgers)
        {
            _outcome.Excused += System.Numerics.BitOperations.PopCount(ledger.Excused);
        }
    }

    private void RequireWritesToSucceed()
    {
        for (var owner = 0; owner < _n; owner++)
        {
            var request = BeginWrite(owner, _chance.Below(Keys));
            for (var turn = 0; turn < 12 && request is { IsDone: false }; turn++)
            {
                foreach (var member in _members)
                {
                    Sync(member);
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

                for (var other = 0; other < _n; other++)
                {
                    if (!request.IsDone && other != owner)
                    {
                        SendNew(request, other, -1, true);
                    }
                }
            }

            if (request is { IsDone: false })
            {
                Note($"k{request.Key} write {request.Write} by m{owner} holders {request.Holders:x} tries {request.Tries}, heard {string.Join(",", _members.Select(m => m.HasHeard))}, N {_n} W {_w}");
            }

            Require(request is null or { IsDone: true }, "a write in a healthy cluster does not come to an end");
        }
    }

    private void HealingRound()
    {
        _now += 1_000;
        foreach (var member in _members)
        {
            Sync(member);
            HandBack(member);
        }

        for (var owner = 0; owner < _n; owner++)
        {
            AskAll(_members[owner]);
        }

        for (var owner = 0; owner < _n; owner++)
        {
            AskAll(_members[owner]);
        }

        for (var one = 0; one < _n; one++)
        {
            for (var other = one + 1; other < _n; other++)
            {
                for (var slot = 0; slot < Slots; slot++)
                {
                    var exchange = BeginExchange(one, other, slot);
                    while (exchange is not null && Step(exchange))
                    {
                    }

                    _exchanges.Clear();
                }
            }
        }

        for (var owner = 0; owner < _n; owner++)
        {
            AdvanceFloor(_members[owner]);
            Purge(_members[owner]);
            Sync(_members[owner]);
        }
    }

    private void HandBack(Member member)
    {
        for (var key = 0; key < Keys && !IsOwner(member.Index); key++)
        {
            for (var owner = 0; owner < _n && !member.Disk.Held[key].IsNothing; owner++)
            {
                var frame = new Frame { Kind = FrameKind.Copy, From = member.Index, To = owner, Key = key, Content = member.Disk.Held[key], Actor = member.Actor, Stamp = _members[owner].Stamp };
                TakeCopy(_members[owner], frame);
                _members[owner].Sync();
                _members[owner].Unsynced.Clear();
                Confirm(member, new Frame { Kind = FrameKind.Done, From = owner, To = member.Index, Key = key, Content = frame.Content, Actor = member.Actor });
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
            for (var owner = 1; owner < _n; owner++)
            {
                if ((ViewOf(_members[owner], key).Live & ~passing) != (ViewOf(_members[0], key).Live & ~passing))
                {
                    return false;
                }
            }
        }

        return true;
    }

    private bool IsClean()
    {
        if (Is(Broken.PurgeWithoutFloor))
        {
            return true;
        }

        for (var key = 0; key < Keys; key++)
        {
            for (var owner = 0; owner < _n; owner++)
            {
                var disk = _members[owner].Disk;
                var copy = disk.Owned[key];
                if ((copy.Live & (_ledgers[key].Deletes | _ledgers[key].Expired)) != 0 || (copy.Seen & ~copy.Live) != 0 || (copy.Live == 0 && copy != default) || !disk.Known[SlotOf(key)] || disk.Incomplete[key])
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
            for (var owner = 0; owner < _n; owner++)
            {
                Judge(key, ViewOf(_members[owner], key).Live, _ledgers[key].Acknowledged, where);
            }
        }
    }
}
