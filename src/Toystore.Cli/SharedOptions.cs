using System.CommandLine;
using System.CommandLine.Parsing;
using Toystore.Client;

namespace Toystore.Cli;

/// <summary>The options that every verb understands.</summary>
internal sealed class SharedOptions
{
    /// <summary>Where to look for the cluster when nobody says.</summary>
    public const string NodesVariable = "TOYSTORE_NODES";

    private readonly Func<string, string?> _environment;
    private readonly Option<NodeAddress[]> _node;

    public SharedOptions(Func<string, string?> environment)
    {
        _environment = environment;
        _node = new Option<NodeAddress[]>("--node")
        {
            Description = $"A node's HTTP address; repeat it to name several, any of them will do. [default: {NodesVariable}, separated by commas, or 127.0.0.1:8101]",
            HelpName = "HOST:PORT",
            Recursive = true,
            CustomParser = ParseNodes,
        };
    }

    /// <summary>For programs instead of people.</summary>
    public Option<bool> Json { get; } = new("--json") { Description = "Print JSON.", Recursive = true };

    /// <summary>How long one request may take.</summary>
    public Option<TimeSpan?> Timeout { get; } = RecursiveTimeout();

    /// <summary>Makes the options known to all verbs.</summary>
    public void AddTo(RootCommand root)
    {
        root.Add(_node);
        root.Add(Json);
        root.Add(Timeout);
    }

    /// <summary>The nodes named on the command line, else in the environment, else the first of a local cluster.</summary>
    public IReadOnlyList<NodeAddress> Nodes(ParseResult parsed)
    {
        if (parsed.GetValue(_node) is { Length: > 0 } named)
        {
            return named;
        }

        var nodes = new List<NodeAddress>();
        foreach (var text in (_environment(NodesVariable) ?? "").Split([',', ' '], StringSplitOptions.RemoveEmptyEntries))
        {
            nodes.Add(NodeAddress.TryParse(text, out var address) ? address : throw new UsageException($"{NodesVariable} names '{text}', which is no address: write it like 127.0.0.1:8101."));
        }

        return nodes.Count > 0 ? nodes : [new NodeAddress("127.0.0.1", 8101)];
    }

    /// <summary>The nodes named on the command line; null if none is.</summary>
    public IReadOnlyList<NodeAddress>? NamedNodes(ParseResult parsed) => parsed.GetValue(_node) is { Length: > 0 } named ? named : null;

    /// <summary>A client for the nodes; the caller disposes of it.</summary>
    public ToystoreHttpClient Connect(ParseResult parsed) => new(ClientOptions(parsed));

    /// <summary>What such a client is made with.</summary>
    public ToystoreHttpOptions ClientOptions(ParseResult parsed)
    {
        var options = new ToystoreHttpOptions { Nodes = [.. Nodes(parsed).Select(node => node.ToUri())] };
        return parsed.GetValue(Timeout) is { } timeout ? options with { Timeout = timeout + options.Grace, ListTimeout = timeout + options.Grace } : options;
    }

    private static Option<TimeSpan?> RecursiveTimeout()
    {
        var option = Durations.Option("--timeout", "How long one request may take. [default: as the cluster is set up]");
        option.Recursive = true;
        return option;
    }

    private static NodeAddress[] ParseNodes(ArgumentResult result)
    {
        var nodes = new List<NodeAddress>();
        foreach (var token in result.Tokens)
        {
            if (NodeAddress.TryParse(token.Value, out var address))
            {
                nodes.Add(address);
            }
            else
            {
                result.AddError($"'{token.Value}' is no address: write it like 127.0.0.1:8101.");
            }
        }

        return [.. nodes];
    }
}
