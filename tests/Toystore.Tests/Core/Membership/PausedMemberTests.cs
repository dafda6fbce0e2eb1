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
    [InlineData(3, 4, 6)]
    [InlineData(5, 4, 6)]
    [InlineData(5, 2, 6)]
    [InlineData(5, 1, 2)]
    [InlineData(10, 10, 6)]
    [InlineData(10, 1, 2)]
    [InlineData(10, 1, 3)]
    [InlineData(20, 1, 2)]
    public void Each_member_holds_it_dead_when_the_suspicion_ends_to_the_formula(int members, int alpha, int beta) =>
        Assert.NotEqual(0, Enumerable.Range(1, 12).Sum(seed => Witnesses((ulong)seed, members, alpha, beta)));

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

    // How many held it dead by their own suspicion, whose end they had not brought nearer at that moment; each of them to the formula.
    private static int Witnesses(ulong seed, int members, int alpha, int beta)
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
                seen.Note(world.Now, world.Members[number].Swim!.View.Members[1]);
            }
        }

        var shortest = Seconds(alpha) * Math.Max(1, Math.Log10(members));
        var enough = Math.Min(3, members - 2);
        var exact = 0;
        foreach (var (number, seen) in watched)
        {
            if (seen.Died is null)
            {
                // Too few accused it for the suspicion to end before it ran again.
                Assert.True(seen.Began!.Value + Given(seen.Accusers.Count - 1) >= resumes - (2 * Step));
                continue;
            }

            // Who heard of the death from somebody else, whose suspicion had ended sooner, is no witness of the formula.
            if (seen.Judge == SwimWorld.IdOf(number))
            {
                var lasted = seen.Died.Value - seen.Began!.Value;
                var due = Given(seen.Accusers.Count - 1);
                if (lasted < due - Step || lasted <= seen.AccusedAt - seen.Began!.Value + (2 * Step))
                {
                    // The last accused it when the time that is then left was over, and it may not have been seen that it did.
                    Assert.InRange(lasted, shortest, shortest * beta);
                }
                else
                {
                    Assert.InRange(lasted, due - Step, due + (2 * Step));
                    exact++;
                }
            }
        }

        return exact;

        TimeSpan Given(int confirmations) =>
            confirmations >= enough ? shortest : (shortest * beta) - (shortest * (beta - 1) * (Math.Log(confirmations + 1) / Math.Log(enough + 1)));
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

        /// <summary>When the last of them was seen.</summary>
        public Instant AccusedAt { get; private set; }

        public void Note(Instant now, MemberView view)
        {
            if (view.State == MemberState.Suspect)
            {
                Began ??= view.Since;
                AccusedAt = Accusers.Add(view.By) ? now : AccusedAt;
            }
            else if (view.State == MemberState.Dead && Died is null)
            {
                (Died, Judge) = (view.Since, view.By);
            }
        }
    }
}
