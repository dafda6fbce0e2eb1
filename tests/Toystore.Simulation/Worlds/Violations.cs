namespace Toystore.Simulation.Worlds;

/// <summary>Collects what is wrong. The run ends at the first.</summary>
internal sealed class Violations
{
    /// <summary>The first thing that was found; null if nothing was.</summary>
    public Violation? First { get; private set; }

    /// <summary>Something is wrong.</summary>
    /// <param name="kind">Which promise is broken.</param>
    /// <param name="oracle">Who found it.</param>
    /// <param name="text">What was promised to whom and when, and what was seen.</param>
    public void Add(FailureKind kind, string oracle, string text) => First ??= new Violation(kind, oracle, text);
}

/// <summary>Something that is wrong.</summary>
internal sealed record Violation(FailureKind Kind, string Oracle, string Text);
