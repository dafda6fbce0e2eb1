namespace Toystore.Core.Placement;

/// <summary>
/// Moves something that members hold of slots - copies, or the duty of being first - towards what each should hold, with few moves. First directly, from one who holds too much to one who holds too little.
/// Where no slot allows that any more, and someone still holds more than the limit, along the cheapest chain a → b → c (a slot of a's goes to b, one of b's to c): an augmenting path of a flow from slots to
/// members, so one is found whenever the limits can be met at all.
/// </summary>
/// <param name="loads">What each member holds; kept up to date.</param>
/// <param name="targets">What each should hold; together as much as is held.</param>
/// <param name="limits">What each may hold at most; at least its target.</param>
internal abstract class Balancer(int[] loads, int[] targets, int[] limits)
{
    private const int None = -1;

    /// <summary>Ends with no load above its limit, if the limits can be met.</summary>
    /// <param name="order">Every slot once: the order in which they are looked at.</param>
    /// <exception cref="InvariantException">They cannot, and <see cref="MustMeetLimits"/>.</exception>
    public void Balance(ReadOnlySpan<ushort> order)
    {
        while (MoveDirectly(order))
        {
        }

        while (MoveAlongChain(order))
        {
        }
    }

    /// <summary>True if limits that cannot be met are a mistake; otherwise it ends as close to them as it got.</summary>
    protected abstract bool MustMeetLimits { get; }

    /// <summary>Who may give away what they hold of this slot.</summary>
    protected abstract ReadOnlySpan<ushort> Givers(int slot);

    /// <summary>True if what <paramref name="from"/>, a giver, holds of the slot may go to <paramref name="to"/>.</summary>
    protected abstract bool CanMove(int slot, int from, int to);

    /// <summary>True if <paramref name="from"/> does not really hold that part of the slot yet, so that moving it on costs nothing.</summary>
    protected abstract bool IsFresh(int slot, int from);

    /// <summary>True if <paramref name="from"/> is above its target by what it really holds, not only by what it has just been given: then a move of it cannot be avoided.</summary>
    protected abstract bool MustGive(int from);

    /// <summary>Writes a move down.</summary>
    protected abstract void Write(int slot, int from, int to);

    /// <summary>What a member should hold.</summary>
    protected int TargetOf(int member) => targets[member];

    private int Surplus(int member) => loads[member] - targets[member];

    private void Move(int slot, int from, int to)
    {
        Write(slot, from, to);
        loads[from]--;
        loads[to]++;
    }

    /// <summary>At most one move per slot, from the fullest to the emptiest that the slot allows. False if there was none.</summary>
    private bool MoveDirectly(ReadOnlySpan<ushort> order)
    {
        var takers = Enumerable.Range(0, loads.Length).Where(m => Surplus(m) < 0).ToList();
        var moved = false;
        foreach (var slot in order)
        {
            if (takers.Count == 0)
            {
                break;
            }

            var (from, to) = BestMove(slot, takers);
            if (from != None)
            {
                Move(slot, from, to);
                moved = true;
                if (Surplus(to) == 0)
                {
                    takers.Remove(to);
                }
            }
        }

        return moved;
    }

    private (int From, int To) BestMove(int slot, List<int> takers)
    {
        int bestFrom = None, bestTo = None;
        foreach (var from in Givers(slot))
        {
            if (Surplus(from) <= (bestFrom == None ? 0 : Surplus(bestFrom)) || !(IsFresh(slot, from) || MustGive(from)))
            {
                continue;
            }

            var best = None;
            foreach (var to in takers)
            {
                if ((best == None || Surplus(to) < Surplus(best)) && CanMove(slot, from, to))
                {
                    best = to;
                }
            }

            (bestFrom, bestTo) = best == None ? (bestFrom, bestTo) : (from, best);
        }

        return (bestFrom, bestTo);
    }

    /// <summary>Finds the cheapest chain and moves along it as much as it carries. False if nobody is above the limit, or there is none.</summary>
    private bool MoveAlongChain(ReadOnlySpan<ushort> order)
    {
        if (!Enumerable.Range(0, loads.Length).Any(m => loads[m] > limits[m]))
        {
            return false;
        }

        var slotsOf = SlotsByGiver(order);
        var chain = CheapestChain(slotsOf);
        Invariant.Require(chain.Count > 0 || !MustMeetLimits, "limits that can be met have a chain of moves that meets them");
        if (chain.Count == 0)
        {
            return false;
        }

        var places = new int[chain.Count];
        var moved = 0;
        while (loads[chain[0].From] > limits[chain[0].From] && loads[chain[^1].To] < limits[chain[^1].To] && FindSlots(chain, slotsOf, places))
        {
            for (var i = 0; i < chain.Count; i++)
            {
                Move(slotsOf[chain[i].From][places[i]], chain[i].From, chain[i].To);
            }

            moved++;
        }

        Invariant.Require(moved > 0, "a chain that was found can be used");
        return true;
    }

    /// <summary>
    /// Dijkstra's search from all who are above the limit to the nearest below it. The fewest moves of what is really held come first, then the fewest steps, then the lowest member, so that the answer is one
    /// and the same. As no chain is shorter, no two of its steps need the same slot. Empty if there is no chain.
    /// </summary>
    private List<Step> CheapestChain(List<ushort>[] slotsOf)
    {
        var steps = new PriorityQueue<(int From, bool Fresh), (int Cost, int Steps, int Member)>();
        var unreached = new List<int>();
        var cameBy = new Step?[loads.Length];
        for (var m = 0; m < loads.Length; m++)
        {
            if (loads[m] > limits[m])
            {
                Reach(m, 0, 0);
            }
            else
            {
                unreached.Add(m);
            }
        }

        while (steps.TryDequeue(out var next, out var at))
        {
            foreach (var slot in slotsOf[next.From])
            {
                if (IsFresh(slot, next.From) != next.Fresh)
                {
                    continue;
                }

                for (var i = unreached.Count - 1; i >= 0; i--)
                {
                    var to = unreached[i];
                    if (!CanMove(slot, next.From, to))
                    {
                        continue;
                    }

                    cameBy[to] = new Step(next.From, to, next.Fresh);
                    if (loads[to] < limits[to])
                    {
                        return Chain(cameBy, to);
                    }

                    unreached.RemoveAt(i);
                    Reach(to, at.Cost, at.Steps);
                }
            }
        }

        return [];

        void Reach(int member, int cost, int length)
        {
            steps.Enqueue((member, true), (cost, length + 1, member));
            steps.Enqueue((member, false), (cost + 1, length + 1, member));
        }
    }

    private static List<Step> Chain(Step?[] cameBy, int end)
    {
        var chain = new List<Step>();
        for (var step = cameBy[end]; step is { } taken; step = cameBy[taken.From])
        {
            chain.Insert(0, taken);
        }

        return chain;
    }

    /// <summary>A slot of its own for each step, searching on from where the last search ended. False if there are none.</summary>
    private bool FindSlots(List<Step> chain, List<ushort>[] slotsOf, int[] places)
    {
        for (var i = 0; i < chain.Count; i++)
        {
            var (from, to, fresh) = chain[i];
            var slots = slotsOf[from];
            while (places[i] < slots.Count && !Suits(slots[places[i]]))
            {
                places[i]++;
            }

            if (places[i] == slots.Count)
            {
                return false;
            }

            bool Suits(int slot)
            {
                for (var j = 0; j < i; j++)
                {
                    if (slotsOf[chain[j].From][places[j]] == slot)
                    {
                        return false;
                    }
                }

                return Givers(slot).Contains((ushort)from) && IsFresh(slot, from) == fresh && CanMove(slot, from, to);
            }
        }

        return true;
    }

    private List<ushort>[] SlotsByGiver(ReadOnlySpan<ushort> order)
    {
        var slots = Enumerable.Range(0, loads.Length).Select(_ => new List<ushort>()).ToArray();
        foreach (var slot in order)
        {
            foreach (var giver in Givers(slot))
            {
                slots[giver].Add(slot);
            }
        }

        return slots;
    }

    private readonly record struct Step(int From, int To, bool Fresh);
}
