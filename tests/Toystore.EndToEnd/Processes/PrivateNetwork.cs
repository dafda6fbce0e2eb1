using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;

namespace Toystore.EndToEnd.Processes;

/// <summary>
/// A network namespace with one cable to this machine, and a firewall of its own in it: a place for a node that can be cut off from all others while it runs. It is gone with the test; what a run left behind that was killed, the next one
/// removes. Needs root, <c>ip</c> and <c>iptables</c>.
/// </summary>
internal sealed class PrivateNetwork : IAsyncDisposable
{
    private const string Prefix = "toystore-e2e-";
    private const int Networks = 1 << 14; // of four addresses each, in 198.18.0.0/16, which belongs to nobody (RFC 2544)

    private static int _made;

    private readonly string _name;
    private readonly string _cable;

    private PrivateNetwork(int number, int network)
    {
        _name = FormattableString.Invariant($"{Prefix}{Environment.ProcessId}-{number}");
        _cable = FormattableString.Invariant($"ts{Environment.ProcessId}x{number}");
        Here = Address(network, 1);
        There = new NodePlace(Address(network, 2), ["ip", "netns", "exec", _name]);
    }

    /// <summary>This machine's end of the cable.</summary>
    public string Here { get; }

    /// <summary>The place at the other end.</summary>
    public NodePlace There { get; }

    /// <summary>Makes one.</summary>
    public static async Task<PrivateNetwork> CreateAsync(CancellationToken cancellationToken)
    {
        foreach (var program in (string[])["ip", "iptables"])
        {
            Assert.True(IsThere(program), $"This test needs the command '{program}': apt-get install -y iproute2 iptables");
        }

        await RemoveLeftoversAsync(cancellationToken);
        var taken = NetworkInterface.GetAllNetworkInterfaces().SelectMany(each => each.GetIPProperties().UnicastAddresses).Select(each => each.Address).ToHashSet();
        var number = Interlocked.Increment(ref _made);
        var network = Enumerable.Range(Environment.ProcessId + number, Networks).Select(each => each % Networks).First(each => !taken.Contains(IPAddress.Parse(Address(each, 1))));
        var made = new PrivateNetwork(number, network);
        try
        {
            await made.LayAsync(cancellationToken);
            return made;
        }
        catch
        {
            await made.DisposeAsync();
            throw;
        }
    }

    /// <summary>From now on nothing comes or goes but requests to this one port and their answers.</summary>
    public async Task CutAsync(int but, CancellationToken cancellationToken)
    {
        var port = but.ToString(CultureInfo.InvariantCulture);
        await FirewallAsync(["-A", "INPUT", "-i", _cable + "b", "-p", "tcp", "--dport", port, "-j", "ACCEPT"], cancellationToken);
        await FirewallAsync(["-A", "OUTPUT", "-o", _cable + "b", "-p", "tcp", "--sport", port, "-j", "ACCEPT"], cancellationToken);
        await FirewallAsync(["-A", "INPUT", "-i", _cable + "b", "-j", "DROP"], cancellationToken);
        await FirewallAsync(["-A", "OUTPUT", "-o", _cable + "b", "-j", "DROP"], cancellationToken);
    }

    /// <summary>From now on everything passes again.</summary>
    public Task MendAsync(CancellationToken cancellationToken) => FirewallAsync(["-F"], cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // The cable goes with it.
        await using var remove = RunningProcess.Start("ip", ["netns", "del", _name]);
        await remove.EndAsync(CancellationToken.None);
    }

    private static string Address(int network, int host) => FormattableString.Invariant($"198.18.{network >> 6}.{((network & 63) << 2) + host}");

    private static bool IsThere(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Append("/usr/sbin").Append("/sbin").Any(folder => File.Exists(Path.Combine(folder, program)));

    private static async Task RemoveLeftoversAsync(CancellationToken cancellationToken)
    {
        foreach (var line in (await RunAsync("ip", ["netns", "list"], cancellationToken)).Output.Split('\n'))
        {
            var name = line.Split(' ')[0];
            if (name.StartsWith(Prefix, StringComparison.Ordinal) && !Directory.Exists($"/proc/{name[Prefix.Length..].Split('-')[0]}"))
            {
                await RunAsync("ip", ["netns", "del", name], cancellationToken);
            }
        }
    }

    private static async Task<CommandResult> RunAsync(string program, string[] words, CancellationToken cancellationToken)
    {
        await using var command = RunningProcess.Start(program, words);
        var result = await command.EndAsync(cancellationToken);
        Assert.True(result.ExitCode == 0, $"'{program} {string.Join(' ', words)}' failed: {result.Error.Trim()}. This test makes a network namespace with a firewall in it: that takes root, and a container only with --privileged.");
        return result;
    }

    private async Task LayAsync(CancellationToken cancellationToken)
    {
        foreach (var words in (string[][])
        [
            ["netns", "add", _name],
            ["link", "add", _cable + "a", "type", "veth", "peer", "name", _cable + "b", "netns", _name],
            ["addr", "add", Here + "/30", "dev", _cable + "a"],
            ["link", "set", _cable + "a", "up"],
            ["-n", _name, "addr", "add", There.Host + "/30", "dev", _cable + "b"],
            ["-n", _name, "link", "set", _cable + "b", "up"],
            ["-n", _name, "link", "set", "lo", "up"],
        ])
        {
            await RunAsync("ip", words, cancellationToken);
        }

        await MendAsync(cancellationToken); // fails here, and not when all is set up, if there may be no firewall
    }

    private Task<CommandResult> FirewallAsync(string[] words, CancellationToken cancellationToken) => RunAsync("ip", ["netns", "exec", _name, "iptables", "-w", .. words], cancellationToken);
}
