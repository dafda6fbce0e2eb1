using Toystore.Core.Versions;

namespace Toystore.Core.Healing;

/// <summary>
/// 64 bits over a key and the dots of all its versions, tombstones among them: equal for two records of a key exactly if they hold the same versions (to 2^-64), whatever their contexts and floors. 0 is a record without
/// versions, or none at all: these are equal.
/// </summary>
/// <remarks>
/// The dots in their order, each as its three words, then their number, through a chain of finalizers. Dots are minted by nodes and name one write of one key, so no client can choose what is hashed here. Fixed for ever: it
/// crosses the wire.
/// </remarks>
public readonly record struct VersionsHash(ulong Value)
{
    private const ulong Seed = 0x746f7973746f7265; // "toystore"

    /// <summary>True of a key without versions.</summary>
    public bool IsNothing => Value == 0;

    /// <summary>The hash of what a record holds.</summary>
    public static VersionsHash Of(KeyHash key, Container container)
    {
        var siblings = container.Siblings;
        var hash = Begin(key);
        foreach (var sibling in siblings)
        {
            hash = Next(hash, sibling.Dot);
        }

        return End(hash, siblings.Length);
    }

    /// <summary>The hash, word by word: then <see cref="Next"/> of every dot in order, then <see cref="End"/>.</summary>
    internal static ulong Begin(KeyHash key) => Scramble.Mix(Seed ^ key.Value);

    /// <summary>After <see cref="Begin"/>.</summary>
    internal static ulong Next(ulong hash, Dot dot) => Scramble.Mix(hash ^ DotHash.Of(dot));

    /// <summary>After the last of so many dots.</summary>
    internal static VersionsHash End(ulong hash, int versions)
    {
        if (versions == 0)
        {
            return default;
        }

        hash = Scramble.Mix(hash ^ (ulong)versions);
        return new VersionsHash(hash == 0 ? 1 : hash);
    }

    /// <summary>True if both hold the same versions: what the hash says, without the chance of being wrong.</summary>
    public static bool AreSame(Container left, Container right)
    {
        if (left.Siblings.Length != right.Siblings.Length)
        {
            return false;
        }

        for (var i = 0; i < left.Siblings.Length; i++)
        {
            if (left.Siblings[i].Dot != right.Siblings[i].Dot)
            {
                return false;
            }
        }

        return true;
    }
}
