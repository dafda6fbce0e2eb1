using Toystore.Core.Placement;
using Toystore.Core.Versions;

namespace Toystore.Core.Healing;

/// <summary>Which processes, one of each member, answered a round of reports under one topology, as 64 bits: equal for two rounds exactly if they are the same (to 2^-64). 0 is no set at all.</summary>
public readonly record struct ProcessSet(ulong Hash)
{
    /// <summary>No set.</summary>
    public static ProcessSet None => default;

    /// <summary>The set of these, in whatever order.</summary>
    public static ProcessSet Of(Epoch epoch, IEnumerable<ActorId> processes)
    {
        var hash = Scramble.Mix(epoch.Lineage ^ Scramble.Mix(epoch.Number + 1));
        var count = 0UL;
        foreach (var process in processes.Order())
        {
            hash = Scramble.Mix(Scramble.Mix(hash ^ process.Node.Value) ^ process.Generation);
            count++;
        }

        hash = Scramble.Mix(hash ^ count);
        return new ProcessSet(hash == 0 ? 1 : hash);
    }
}
