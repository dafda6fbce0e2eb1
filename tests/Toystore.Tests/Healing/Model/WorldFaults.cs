namespace Toystore.Tests.Healing.Model;

/// <content>What goes wrong, and the stand-ins' care for what they hold.</content>
internal sealed partial class World
{
    private void Hurt()
    {
        var member = _members[_chance.Below(_members.Length)];
        if (_chance.In(40))
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
                case Theme.Restarts when _chance.In(20):
                    var powerFails = _chance.In(50);
                    foreach (var each in _members)
                    {
                        Stop(each, powerFails);
                    }

                    foreach (var each in _members)
                    {
                        Start(each, _chance.In(50));
                    }

                    return;
                case Theme.Restarts:
                    Stop(member, _chance.In(50));
                    Start(member, _chance.In(50));
                    return;
            }
        }

        switch (_chance.Below(20))
        {
            case < 5:
                Stop(member, _chance.In(50));
                break;
            case < 12:
                foreach (var down in _members)
                {
                    if (!down.IsUp && _chance.In(50))
                    {
                        Start(down, _chance.In(30));
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
                int from = _chance.Below(_members.Length), to = _chance.Below(_members.Length);
                _cut[from, to] = _cut[to, from] = from != to;
                break;
            default:
                Array.Clear(_cut);
                break;
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
        if (member.IsUp)
        {
            return;
        }

        member.IsUp = true;
        member.Actor = ++_actors;
        member.Minter = member.Actor;
        member.Stamp = ++_stamps;
        member.Offset = clockJumps ? DrawOffset() * (1 + _chance.Below(3)) : member.Offset;
        member.HasHeard = false;
        Array.Clear(member.Met);
        member.ForgetProcess(Is(Broken.PairSurvivesRestart));
        if (Is(Broken.MarkNotPersisted))
        {
            member.Disk.Mark = 0;
            member.Durable.Mark = 0;
        }

        Note($"m{member.Index} starts as actor {member.Actor}, mark {member.Disk.Mark}, wall {Wall(member)}");
        member.Last = Math.Max(member.Disk.Mark, Math.Max(member.Disk.Floor[0], member.Disk.Floor[1]));
    }

    private void Wipe(Member member)
    {
        Note($"m{member.Index} is wiped");
        Stop(member, true);
        var minter = member.Minter;
        member.Replace(new Disk { Used = false });
        member.Snapshot = null;
        Array.Clear(member.Told);
        DoubtAfterLoss(member);
        Start(member, true);
        member.Minter = Is(Broken.ActorReused) ? minter : member.Minter;
    }

    /// <summary>The directory is what it was when it was copied: data, floors and mark.</summary>
    private void RollBack(Member member, Disk snapshot)
    {
        Note($"m{member.Index} is rolled back");
        Stop(member, true);
        var known = (bool[])snapshot.Known.Clone();
        member.Replace(snapshot);
        DoubtAfterLoss(member);
        if (Is(Broken.RollBackUnnoticed) || Is(Broken.RollBackByMarks))
        {
            known.CopyTo(member.Disk.Known, 0);
            known.CopyTo(member.Durable.Known, 0);
        }
        else
        {
            member.Disk.Used = false;
        }

        Start(member, true);
    }

    private void DoubtAfterLoss(Member member)
    {
        for (var key = 0; key < Keys; key++)
        {
            _ledgers[key].Lose(member.Index, HeldFor(member.Index, key));
        }

        if (IsOwner(member.Index) && !Is(Broken.WipedKnows))
        {
            Distrust(member);
        }
    }

    private void Rot(Member member, int key)
    {
        if (!IsOwner(member.Index) || !member.IsUp)
        {
            return;
        }

        // A process that finds out gives up its actor (decision 0007); what it knew of others went with the old one.
        Note($"m{member.Index} k{key} rots");
        Stop(member, false);
        foreach (var disk in new[] { member.Disk, member.Durable })
        {
            disk.Owned[key] = default;
            disk.Incomplete[key] = true;
        }

        _ledgers[key].Lose(member.Index, HeldFor(member.Index, key));
        Start(member, false);
    }

    private ulong HeldFor(int index, int key)
    {
        var member = _members[index];
        if (!IsOwner(index))
        {
            return member.Durable.Held[key].Live | member.Durable.Held[key].Seen;
        }

        var owned = member.Durable.Owned[key];
        return _ledgers[key].Effective(member.Durable.Incomplete[key] ? owned : owned with { Floor = Math.Max(owned.Floor, member.Durable.Floor[SlotOf(key)]) });
    }

    private void TendHeld(Member member)
    {
        for (var key = 0; key < Keys; key++)
        {
            if (!member.IsUp || IsOwner(member.Index) || member.Disk.Held[key].IsNothing)
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
        var isCounted = disk.Counted[key] != 0;
        if ((disk.Owed[key] & ~disk.Confirmed[key]) != 0 || (isCounted && Bits(disk.Confirmed[key]) < _w && !Is(Broken.CountedCopyDroppedEarly)))
        {
            return false;
        }

        _ledgers[key].HandOver(disk.Held[key].Live | disk.Held[key].Seen, member.Index, disk.Confirmed[key], owner => HeldFor(owner, key));
        Note($"m{member.Index} hands over k{key}, confirmed {disk.Confirmed[key]:x}");
        Forget(member, key);
        return true;
    }

    private void Forget(Member member, int key)
    {
        var disk = member.Disk;
        member.Minter = Is(Broken.StandInKeepsActor) ? member.Minter : ++_actors;
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
        var to = _chance.Below(Is(Broken.HandedOnBetweenStandIns) ? _members.Length : _n);
        if (to == member.Index || !Reaches(member.Index, to))
        {
            return;
        }

        Send(new Frame { Kind = FrameKind.Copy, From = member.Index, To = to, Key = key, Content = member.Disk.Held[key], Actor = member.Actor, Stamp = _members[to].Stamp });
    }

    private void Confirm(Member member, Frame frame)
    {
        if (!IsOwner(member.Index) && member.Actor == frame.Actor && member.Disk.Held[frame.Key] == frame.Content)
        {
            member.Disk.Confirmed[frame.Key] |= 1 << frame.From;
            if (!IsOwner(frame.From))
            {
                Forget(member, frame.Key);
            }
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
