using Toystore.Tests.Healing.Model;

namespace Toystore.Tests.Placement.Model;

/// <content>Stories of a dozen steps that random runs seldom tell. Members 0 to 5; slot 1 is owned by 0, 1 and 2 and moves from 2 to 3. Clients write y, and z in the place of y.</content>
internal sealed partial class World
{
    private const int Key = 1;
    private const int Slot = 1;

    private World(Broken broken)
        : this(0, broken, null)
    {
        (_quorums, _n, _lossPercent, _acknowledgesUnsynced, _isHealing, _isLean) = (Quorums.Majority, 3, 0, false, true, false);
        _documents.Clear();
        (_started, _removed, _actors, _keys) = (0, 0, 100, Keys);
        for (var index = 0; index < MembersMax; index++)
        {
            _members[index] = new Member(index);
        }

        Found(6);
        foreach (var member in _members)
        {
            member.Offset = 0;
        }

        var placement = new Placement(0, 0, 0, 0, new int[MembersMax]).Change(0b111, 0, 0, 1);
        _documents[1] = new Document(1, 0b111111, [placement, placement]);
        foreach (var member in _members)
        {
            member.Disk.KnownFor[0] = member.Disk.KnownFor[1] = placement.IsOwner(member.Index) ? 1 : 0;
            member.Sync();
        }
    }

    /// <summary>Plays one scene. What it violated, or null.</summary>
    public static string? Play(Scene scene, Broken broken)
    {
        var world = new World(broken);
        Action play = scene switch
        {
            Scene.CopyOfOneOwner => world.CopyOfOneOwner,
            Scene.CoordinatorThatMissedTheMove => world.CoordinatorThatMissedTheMove,
            Scene.CopyOfAnOwnerThatMissedTheMove => world.CopyOfAnUnawareOwner,
            Scene.ReaderOfTheOldOwners => world.ReaderOfTheOldOwners,
            Scene.PowerFailsAfterADocument => world.PowerFailsAfterADocument,
            Scene.SloppyWriteAtTheLoser => world.SloppyWriteAtTheLoser,
            Scene.RemovedMemberComesBack => world.RemovedMemberComesBack,
            Scene.LoserThatWasCutOff => world.LoserThatWasCutOff,
            Scene.FloorBesideAGainer => world.FloorBesideAGainer,
            Scene.FloorOfThoseWhoMissedTheMove => world.FloorOfThoseWhoMissedTheMove,
            Scene.TicketFromBeforeTheMove => world.TicketFromBeforeTheMove,
            Scene.CalledOffInStageTwo => world.CalledOffInStageTwo,
            Scene.RemovedWhileItRuns => world.RemovedWhileItRuns,
            Scene.FewerOwners => world.FewerOwners,
            Scene.FewerAndMoreOwners => world.FewerAndMoreOwners,
            Scene.OwnerForTheSecondTime => world.OwnerForTheSecondTime,
            Scene.JoinerWithASlowClock => world.JoinerWithASlowClock,
            Scene.WipedOwnerAsksAStranger => world.WipedOwnerAsksAStranger,
            _ => throw new ArgumentOutOfRangeException(nameof(scene)),
        };
        try
        {
            play();
            world.JudgeScene();
        }
        catch (ViolationException violation)
        {
            return violation.Message;
        }

        return null;
    }

    /// <summary>Owner 1 has missed y, and is the only one that 3 copies from.</summary>
    private void CopyOfOneOwner()
    {
        Write(0, default, 2);
        Change(0b111, 0b1011, 1, 0, 1, 2, 3);
        Trade(3, 1);
        Advance(_members[4], Slot, false);
        Read(4, 1, 3);
    }

    /// <summary>2 has not heard of the move, and writes with 0, which has, when 3 has copied already.</summary>
    private void CoordinatorThatMissedTheMove()
    {
        Change(0b111, 0b1011, 1, 0, 1, 3);
        Trade(3, 0);
        Trade(3, 1);
        Write(2, default, 0);
        Advance(_members[4], Slot, false);
        Read(4, 1, 3);
    }

    /// <summary>3 copies from 0, which has not heard of the move; then 0 takes a write from 2, which has not either.</summary>
    private void CopyOfAnUnawareOwner()
    {
        Change(0b111, 0b1011, 1, 1, 3);
        Trade(3, 0);
        Trade(3, 1);
        Write(2, default, 0);
        Advance(_members[4], Slot, false);
        Read(4, 1, 3);
    }

    /// <summary>1 and 3 take a write when 0 and 2 still answer reads of stage 1.</summary>
    private void ReaderOfTheOldOwners()
    {
        Change(0b111, 0b1011, 1, 0, 1, 2, 3, 5);
        Trade(3, 0);
        Trade(3, 1);
        Advance(_members[4], Slot, false);
        Learn(_members[1], Newest.Number);
        Advance(_members[4], Slot, false);
        Write(4, default, 1, 3);
        Read(5, 0, 2);
    }

    /// <summary>0 has acknowledged stage 2 when its power fails.</summary>
    private void PowerFailsAfterADocument()
    {
        Change(0b111, 0b1011, 1, 0, 1, 2, 3, 5);
        Trade(3, 0);
        Trade(3, 1);
        Advance(_members[4], Slot, false);
        Learn(_members[0], Newest.Number);
        Learn(_members[1], Newest.Number);
        Stop(_members[0], true);
        Start(_members[0], false);
        Meet(_members[0], _members[2]);
        Advance(_members[4], Slot, false);
        Write(4, default, 1, 3);
        Read(5, 0, 2);
    }

    /// <summary>y is with 2 and with a stand-in that loses its disk after the move.</summary>
    private void SloppyWriteAtTheLoser()
    {
        foreach (var away in new[] { 0, 1 })
        {
            _cut[2, away] = true;
        }

        _now += 100;
        var request = Propose(2, default);
        _frames.Clear();
        SendNew(request, 4, true, true, 0b11);
        Deliver(_frames[0]);
        SyncAndAnswer();
        Require(request.IsDone, "the write is done");
        Array.Clear(_cut);
        Move();
        Tend(_members[2]);
        Wipe(_members[4]);
        Trade(2, 0);
        Trade(2, 1);
        Trade(0, 3);
        Trade(0, 1);
    }

    /// <summary>2 has replaced y by z, which nobody else has, when it is removed. When floors have passed z it offers what it has.</summary>
    private void RemovedMemberComesBack()
    {
        Write(0, default, 1, 2);
        Propose(2, ViewOf(_members[2], Key));
        _frames.Clear();
        Move();
        _removed |= 0b100;
        _documents.Add(Newest with { Number = _documents.Count, Members = 0b111011 });
        LearnAll();
        RaiseFloors();
        for (var turn = 0; turn < 40; turn++)
        {
            Offer(_members[2]);
            SyncAndAnswer(true);
        }

        Trade(0, 1);
        Trade(0, 3);
        Trade(1, 3);
    }

    /// <summary>As before, but 2 has only been out of reach, and gives what it has when it is back.</summary>
    private void LoserThatWasCutOff()
    {
        Write(0, default, 1, 2);
        Propose(2, ViewOf(_members[2], Key));
        _frames.Clear();
        Move();
        LearnAll();
        RaiseFloors();
        Trade(2, 0);
        Trade(2, 1);
        Trade(0, 3);
    }

    /// <summary>3 has replaced y by z, which nobody else has, while it gains the slot.</summary>
    private void FloorBesideAGainer()
    {
        Write(0, default, 1, 2);
        Change(0b111, 0b1011, 1, 0, 1, 2, 3, 4, 5);
        Propose(3, ViewOf(_members[0], Key));
        _frames.Clear();
        RaiseFloors(0, 1, 2);
        Trade(3, 0);
        Trade(3, 1);
        Trade(0, 2);
    }

    /// <summary>As before, but 0, 1 and 2 have not heard of the move when they ask for reports; 3 has.</summary>
    private void FloorOfThoseWhoMissedTheMove()
    {
        Write(0, default, 1, 2);
        Change(0b111, 0b1011, 1, 3);
        Propose(3, ViewOf(_members[0], Key));
        _frames.Clear();
        RaiseFloors(0, 1, 2);
        LearnAll();
        Trade(3, 0);
        Trade(3, 1);
        Trade(0, 2);
    }

    /// <summary>2 has replaced y by z, which nobody else has. The others have settled a reading above z while 2 was an owner still.</summary>
    private void TicketFromBeforeTheMove()
    {
        Write(0, default, 1, 2);
        Change(0b111, 0b1011, 1, 0, 1, 2, 3);
        Trade(3, 0);
        Trade(3, 1);
        Change(0b111, 0b1011, 2, 0, 1, 2, 3);
        Propose(2, ViewOf(_members[2], Key));
        _frames.Clear();
        _now += 5_000;
        LearnAll();
        foreach (var owner in new[] { 0, 1, 3, 0, 1, 3, 0, 1, 3 })
        {
            AskAll(_members[owner]);
        }

        Change(0b1011, 0, 0, 0, 1, 2, 3, 4, 5);
        for (var turn = 0; turn < 2; turn++)
        {
            Trade(0, 1);
            Trade(0, 3);
            Trade(1, 3);
        }

        foreach (var owner in new[] { 0, 1, 3 })
        {
            AdvanceFloor(_members[owner]);
        }

        Trade(2, 0);
        Trade(2, 1);
        Trade(0, 3);
    }

    /// <summary>Somebody calls the move off when readers ask the new owners already.</summary>
    private void CalledOffInStageTwo()
    {
        Change(0b111, 0b1011, 1, 0, 1, 2, 3);
        Trade(3, 0);
        Trade(3, 1);
        Change(0b111, 0b1011, 2, 0, 1, 2, 3, 4, 5);
        Advance(_members[4], Slot, true);
        Write(4, default, 0, 2);
        Read(5, 1, 3);
    }

    /// <summary>With R = 1 every owner answers alone. 2 is removed, which nobody has told it.</summary>
    private void RemovedWhileItRuns()
    {
        _quorums = Quorums.WriteAll;
        Remove(_members[4], _members[2]);
        Change(0b111, 0b1011, 1, 0, 1, 3);
        Trade(3, 0);
        Trade(3, 1);
        Advance(_members[4], Slot, false);
        Learn(_members[0], Newest.Number);
        Learn(_members[1], Newest.Number);
        Advance(_members[4], Slot, false);
        Write(4, default, 0, 1, 3);
        Read(2, 2);
    }

    /// <summary>With W = 1 only 2 has y, when the owners become fewer.</summary>
    private void FewerOwners()
    {
        _quorums = Quorums.WriteOne;
        Write(2, default);
        Change(0b111, 0b011, 1, 0, 1, 2, 4);
        Advance(_members[4], Slot, false);
        Read(4, 0, 1);
    }

    /// <summary>0 and 1 have y when the owners become 0 and 2. A read asks both; but the next gaining owner copies from one, and that is 2.</summary>
    private void FewerAndMoreOwners()
    {
        Write(0, default, 1);
        Change(0b111, 0b101, 1, 0, 1, 2, 4);
        Advance(_members[4], Slot, false);
        if (Newest.Slots[Slot].Stage == 1)
        {
            Trade(0, 2);
            Trade(0, 1);
            Trade(1, 2);
            Advance(_members[4], Slot, false);
        }

        LearnAll();
        Advance(_members[4], Slot, false);
        LearnAll();
        Change(0b101, 0b1101, 1, 0, 1, 2, 3, 4);
        Trade(3, 2);
        Advance(_members[4], Slot, false);
        Read(4, 2, 3);
    }

    /// <summary>2 has lost the slot to 3 and gains it again; meanwhile 1 and 3 have taken y.</summary>
    private void OwnerForTheSecondTime()
    {
        Move();
        LearnAll();
        Trade(2, 0);
        Trade(2, 1);
        Write(3, default, 1);
        Change(0b1011, 0b111, 1, 0, 1, 2, 3, 4);
        Trade(2, 0);
        Advance(_members[4], Slot, false);
        Read(4, 0, 2);
    }

    /// <summary>6 joins with a clock that is far behind and writes z in the place of y.</summary>
    private void JoinerWithASlowClock()
    {
        Write(0, default, 1, 2);
        _now += 10_000;
        RaiseFloors(0, 1, 2);
        var token = ViewOf(_members[0], Key) with { Floor = 0 };
        _documents.Add(Newest with { Number = _documents.Count, Members = 0b1111111 });
        Open(_members[6]);
        _members[6].Offset = -9_900;
        _members[6].Disk.Used = false;
        LearnAll();
        if (_members[6].HasHeard || Is(Broken.JoinerWithoutMark))
        {
            Propose(6, token);
        }

        _frames.Clear();
        for (var turn = 0; turn < 40; turn++)
        {
            Tend(_members[6]);
            SyncAndAnswer(true);
        }
    }

    /// <summary>0 has lost its disk, and with it that it had heard of the move. 2, which has not heard of it, writes with 0.</summary>
    private void WipedOwnerAsksAStranger()
    {
        Change(0b111, 0b1011, 1, 0, 1, 3);
        Trade(3, 0);
        Trade(3, 1);
        Wipe(_members[0]);
        Gossip(_members[0], _members[2]);
        Meet(_members[0], _members[2]);
        Write(2, default, 0);
        Advance(_members[4], Slot, false);
        Read(4, 1, 3);
    }

    /// <summary>What the owners have together is all there.</summary>
    private void JudgeScene()
    {
        var together = default(Copy);
        for (var owner = 0; owner < MembersMax; owner++)
        {
            together = Newest.Slots[Slot].IsOwner(owner) ? _ledgers[Key].Merge(together, OwnedBy(_members[owner], Key), true) : together;
        }

        Judge(Key, together.Live, _ledgers[Key].Acknowledged, "the end of the scene");
    }

    private void Move()
    {
        Change(0b111, 0b1011, 1, 0, 1, 3);
        Trade(3, 0);
        Trade(3, 1);
        Change(0b111, 0b1011, 2, 0, 1, 3);
        Change(0b1011, 0, 0, 0, 1, 2, 3);
    }

    private void Change(int old, int @new, int stage, params int[] learners)
    {
        var placement = Newest.Slots[Slot].Change(old, @new, stage, _documents.Count);
        _documents.Add(Newest with { Number = _documents.Count, Slots = [Newest.Slots[0], placement] });
        _synced[Slot] = 0;
        foreach (var learner in learners)
        {
            Learn(_members[learner], Newest.Number);
        }
    }

    private void LearnAll()
    {
        foreach (var member in _members)
        {
            if (member.IsUp)
            {
                Learn(member, Newest.Number);
            }
        }
    }

    private void RaiseFloors(params int[] owners)
    {
        owners = owners.Length == 0 ? [0, 1, 3] : owners;
        _now += 5_000;
        for (var round = 0; round < 3; round++)
        {
            foreach (var owner in owners)
            {
                AskAll(_members[owner]);
            }
        }

        for (var turn = 0; turn < 2; turn++)
        {
            Trade(owners[0], owners[1]);
            Trade(owners[0], owners[2]);
            Trade(owners[1], owners[2]);
        }

        foreach (var owner in owners)
        {
            AdvanceFloor(_members[owner]);
            Purge(_members[owner]);
        }
    }

    private void Trade(int one, int other)
    {
        if (BeginExchange(_members[one], _members[other], Slot) is { } exchange)
        {
            while (Step(exchange))
            {
            }

            _exchanges.Remove(exchange);
        }
    }

    private Request Propose(int coordinator, Copy token)
    {
        _now += 100;
        var member = _members[coordinator];
        var request = new Request { Coordinator = coordinator, Actor = member.Actor, Key = Key, Token = token, Document = DocumentOf(member) };
        _frames.Clear();
        MintAndSend(request, token.Live, false);
        return request;
    }

    /// <summary>A write whose frames reach these owners alone, first by the coordinator's document, then by the one that it is told of.</summary>
    private void Write(int coordinator, Copy token, params int[] to)
    {
        var request = Propose(coordinator, token);
        for (var turn = 0; turn < 2; turn++)
        {
            var frames = _frames.ToArray();
            _frames.Clear();
            foreach (var frame in frames)
            {
                if (Array.IndexOf(to, frame.To) >= 0 && frame.Kind == FrameKind.New && !frame.ToStandIn)
                {
                    Deliver(frame);
                }
            }

            SyncAndAnswer(true);
        }
    }

    /// <summary>Everybody syncs, and coordinators hear the answers.</summary>
    private void SyncAndAnswer(bool deliversCopies = false)
    {
        foreach (var member in _members)
        {
            Sync(member);
        }

        var frames = _frames.ToArray();
        _frames.Clear();
        foreach (var frame in frames)
        {
            if (frame.Kind is FrameKind.Done or FrameKind.Overtaken || (deliversCopies && frame.Kind is FrameKind.Copy or FrameKind.Offer))
            {
                Deliver(frame);
            }
        }
    }

    private void Read(int by, params int[] from)
    {
        var reader = _members[by];
        var read = new Request { Coordinator = by, Actor = reader.Actor, Key = Key, Document = DocumentOf(reader), Must = _ledgers[Key].Strict };
        foreach (var owner in from)
        {
            if ((read.Document.Slots[Slot].Readable & (1 << owner)) != 0)
            {
                AskOwner(reader, read, owner);
            }
        }
    }
}

/// <summary>The scenes that <see cref="World.Play"/> knows.</summary>
internal enum Scene
{
    CopyOfOneOwner,
    CoordinatorThatMissedTheMove,
    CopyOfAnOwnerThatMissedTheMove,
    ReaderOfTheOldOwners,
    PowerFailsAfterADocument,
    SloppyWriteAtTheLoser,
    RemovedMemberComesBack,
    LoserThatWasCutOff,
    FloorBesideAGainer,
    FloorOfThoseWhoMissedTheMove,
    TicketFromBeforeTheMove,
    CalledOffInStageTwo,
    RemovedWhileItRuns,
    FewerOwners,
    FewerAndMoreOwners,
    OwnerForTheSecondTime,
    JoinerWithASlowClock,
    WipedOwnerAsksAStranger,
}
