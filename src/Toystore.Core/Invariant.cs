using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Toystore.Core;

/// <summary>What cannot happen, checked in release builds too: a node that finds itself wrong stops rather than spread it.</summary>
public static class Invariant
{
    /// <summary>Throws <see cref="InvariantException"/> unless <paramref name="condition"/> holds.</summary>
    public static void Require([DoesNotReturnIf(false)] bool condition, string claim, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (!condition)
        {
            throw new InvariantException($"{claim} ({Path.GetFileName(file)}:{line})");
        }
    }
}

/// <summary>Something happened that the design rules out: a bug. The message names the claim that failed and where.</summary>
public sealed class InvariantException(string message) : Exception(message);
