using Toystore.Core;
using Toystore.Core.Membership;
using Toystore.Simulation.Membership;
using static Toystore.Tests.Core.Membership.Scene;

namespace Toystore.Tests.Core.Membership;

/// <summary>A member that stands still for 20 s, as with SIGSTOP, under LAN presets: when it is held dead, to the formula, and how it comes back.</summary>
public sealed class PausedMemberTests
{
    private static readonly TimeSpan Span = Seconds(20);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);

    [Theory]
    [InlineData(1, 5, 4, 6)]
    [InlineData(2, 5, 4, 6)]
    [InlineData(3, 3, 4, 6)]
    [InlineData(4, 10, 10, 6)]
    [InlineData(7, 5, 2, 6)]
    [InlineData(7, 10, 1, 2)]
    [InlineData(7, 10, 1, 3)]
    [InlineData(8, 5, 1, 2)]
    [InlineData(10, 20, 1, 2)]
    public void Each_member_holds_it_dead_when_the_suspicion_ends_to_the_formula(ulong seed, int members, int alpha, int beta)
    {
        var options = SwimOptions.Lan with { SuspicionFactor = alpha, SuspicionMaxFactor = beta };
        var world = Settled(seed, members, options);
        var paused = world.Members[1];
        var watched = world.Members.Where(member => member != paused).ToDictionary(member => member.Number, _ => new Watched());
        world.Pause(paused, Span);
        var resumes = world.Now + Span;
        while (world.Now < resumes - Step)
        {
            world.Run(Step);
            foreach (var (number, seen) in watched)
            {
                seen.Note(world.Members[number].Swim!.View.Members[1]);
            }
        }

        var shortest = Seconds(alpha) * Math.Max(1, Math.Log10(members));
        var enough = Math.Min(3, members - 2);
        var exact = 0;
        foreach (var (number, seen) in watched)
        {
            // Who heard of the death from somebody else, whose suspicion had ended sooner, is no witness of the formula.
            Assert.NotNull(seen.Died);
            if (seen.Judge == SwimWorld.IdOf(number))
            {
                var lasted = seen.Died.Value - seen.Began!.Value;
                var due = Given(seen.Accusers.Count - 1);
                if (lasted < due - Step)
                {
                    // One more accused it when the time that is then left was over.
                    Assert.InRange(lasted, Given(seen.Accusers.Count), due);
                }
                else
                {
                    Assert.InRange(lasted, due - Step, due + (2 * Step));
                    exact++;
                }
            }
        }

        Assert.NotEqual(0, exact);

        TimeSpan Given(int confirmations) =>
            confirmations >= enough ? shortest : (shortest * beta) - (shortest * (beta - 1) * (Math.Log(confirmations + 1) / Math.Log(enough + 1)));
    }

    [Theory]
    [InlineData(1, 5, 4, true)]
    [InlineData(2, 5, 20, false)]
    [InlineData(3, 10, 4, true)]
    [InlineData(4, 3, 20, false)]
    public void It_refutes_under_a_higher_incarnation_and_is_alive_for_everybody_and_holds_nobody_dead(ulong seed, int members, int alpha, bool dies)
    {
        var world = Settled(seed, members, SwimOptions.Lan with { SuspicionFactor = alpha });
        var paused = world.Members[1];
        var before = paused.Swim!.Incarnation;
        var events = new List<(int Member, SwimEvent What)>();
        world.Reported = (member, what) => events.Add((member, what));
        world.Pause(paused, Span);
        world.Run(Span);
        Assert.All(world.Members.Where(member => member != paused), member => Assert.Equal(dies ? MemberState.Dead : MemberState.Suspect, member.Swim!.View.Members[1].State));
        Assert.True(world.RunUntil(
            () => world.Members.TrueForAll(member => member.Swim!.View.Members[1] is { State: MemberState.Alive } view && view.Incarnation == paused.Swim.Incarnation && view.Incarnation > before), Seconds(10)));
        Assert.Contains(events, e => e.Member == 1 && e.What is SwimEvent.Accused accused && accused.Incarnation > before);
        Assert.DoesNotContain(events, e => e.Member == 1 && e.What is SwimEvent.Died or SwimEvent.Died { Node.Value: not 2 });
        Assert.InRange(paused.Swim.Counts.Refutations, 1, 4);
        Assert.All(world.Members, member => Assert.Equal(members, member.Swim!.LiveCount));
    }

    private static SwimWorld Settled(ulong seed, int members, SwimOptions options)
    {
        var world = new SwimWorld(seed, options);
        world.Found(members);
        world.Run(Seconds(20));
        return world;
    }

    /// <summary>What one member holds of the paused one, looked at every 20 ms.</summary>
    private sealed class Watched
    {
        public Instant? Began { get; private set; }

        public Instant? Died { get; private set; }

        public NodeId Judge { get; private set; }

        public HashSet<NodeId> Accusers { get; } = [];

        public void Note(MemberView view)
        {
            if (view.State == MemberState.Suspect)
            {
                Began ??= view.Since;
                Accusers.Add(view.By);
            }
            else if (view.State == MemberState.Dead && Died is null)
            {
                (Died, Judge) = (view.Since, view.By);
            }
        }
    }
}
