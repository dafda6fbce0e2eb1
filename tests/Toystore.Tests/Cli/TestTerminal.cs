using Spectre.Console;
using Toystore.Cli;

namespace Toystore.Tests.Cli;

/// <summary>A terminal that a test reads, and a command line typed into it.</summary>
internal sealed class TestTerminal : IDisposable
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();
    private readonly MemoryStream _bytes = new();

    public Dictionary<string, string> Environment { get; } = [];

    public byte[] Input { get; set; } = [];

    public string Output => _output + System.Text.Encoding.UTF8.GetString(_bytes.ToArray());

    public string Error => _error.ToString();

    public void Dispose()
    {
        _output.Dispose();
        _error.Dispose();
        _bytes.Dispose();
    }

    /// <summary>True for one that can draw over what it has drawn.</summary>
    public bool IsLive { get; set; }

    public Task<int> RunAsync(params string[] args) => RunAsync(TestContext.Current.CancellationToken, args);

    public Task<int> RunAsync(CancellationToken cancellationToken, params string[] args)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(_output),
            Ansi = IsLive ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = IsLive ? InteractionSupport.Yes : InteractionSupport.Detect,
        });
        console.Profile.Width = 300;
        var terminal = new Terminal
        {
            Output = _output,
            Error = _error,
            OpenOutput = () => new Kept(_bytes),
            OpenInput = () => new MemoryStream(Input),
            Environment = name => Environment.GetValueOrDefault(name),
            Tables = console,
            Live = IsLive,
            Progress = console,
        };
        return ToystoreCommandLine.RunAsync(args, terminal, cancellationToken: cancellationToken);
    }

    /// <summary>Outlives its users, as standard output does.</summary>
    private sealed class Kept(MemoryStream inner) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);
    }
}
