using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Toystore.Cli;

/// <summary>Where chance comes in from outside: at the very edge, from the operating system.</summary>
internal static class Seeds
{
    /// <summary>A seed nobody can guess.</summary>
    public static int NewSeed() => BinaryPrimitives.ReadInt32LittleEndian(RandomNumberGenerator.GetBytes(sizeof(int)));

    /// <summary>A new 128-bit name.</summary>
    public static Guid NewGuid() => new(RandomNumberGenerator.GetBytes(16));

    /// <summary>A generator with a seed nobody can guess.</summary>
    public static Random NewRandom() => new(NewSeed());
}
