using System.CommandLine;
using Toystore.Core.Placement;

namespace Toystore.Cli;

/// <summary>The choices a request has, as options. Shared by the verbs that read or write.</summary>
internal static class RequestChoices
{
    /// <summary><c>--r</c>.</summary>
    public static Option<int?> R() => Positive("--r", "Owners that must answer a read. [default: as the cluster is set up]");

    /// <summary><c>--w</c>.</summary>
    public static Option<int?> W() => Positive("--w", "Owners that must hold a write. [default: as the cluster is set up]");

    /// <summary><c>--sloppy</c>.</summary>
    public static Option<bool?> Sloppy() => new("--sloppy")
    {
        Description = "false: only owners count. true: where owners cannot be reached, others may stand in for them. [default: true]",
        HelpName = "true|false",
        Arity = ArgumentArity.ExactlyOne,
    };

    /// <summary><c>--durability</c>.</summary>
    public static Option<string?> Durability() => OneOf("--durability", "fsync: acknowledged means on disk. os: in the operating system's hands. [default: as the cluster is set up]", "fsync", "os");

    /// <summary><c>--policy</c>.</summary>
    public static Option<string?> Policy(string description) => OneOf("--policy", description, "siblings", "lww");

    /// <summary>A number from 1.</summary>
    public static Option<int?> Positive(string name, string description)
    {
        var option = new Option<int?>(name) { Description = description, HelpName = "NUMBER" };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out var number) && number < 1)
            {
                result.AddError($"{name} counts from 1; it was {number}.");
            }
        });
        return option;
    }

    /// <summary>One of a few words.</summary>
    public static Option<string?> OneOf(string name, string description, params string[] words)
    {
        var option = new Option<string?>(name) { Description = description };
        option.AcceptOnlyFromAmong(words);
        return option;
    }

    /// <summary>What <see cref="Durability"/> was given.</summary>
    public static WriteDurability? ReadDurability(string? text) => text switch { "fsync" => WriteDurability.Fsync, "os" => WriteDurability.Os, _ => null };

    /// <summary>What <see cref="Policy"/> was given.</summary>
    public static ConflictPolicy? ReadPolicy(string? text) => text switch { "siblings" => ConflictPolicy.Siblings, "lww" => ConflictPolicy.LastWriteWins, _ => null };

    /// <summary>As the option and the documents spell it.</summary>
    public static string Show(WriteDurability durability) => durability == WriteDurability.Fsync ? "fsync" : "os";
}
