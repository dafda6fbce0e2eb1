using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Toystore.Node;

/// <summary>Hosts a Toystore node in a .NET application.</summary>
public static class ToystoreServiceCollectionExtensions
{
    /// <summary>
    /// Runs a node as part of this host, and offers it as <see cref="IToystore"/>, <see cref="IClusterView"/>, <see cref="IClusterKeys"/>, <see cref="IClusterTopology"/> and <see cref="INodeHealth"/>. The options are checked when the host starts.
    /// </summary>
    /// <example>
    /// <code>
    /// builder.Services.AddToystore(options =>
    /// {
    ///     options.ClusterId = "5f0c0b1e-6d0a-4c57-9d43-2d8b2a3c9e10";
    ///     options.NodeId = "n1";
    ///     options.DataDirectory = "data/n1";
    ///     options.Members.Add(new MemberOptions { Id = "n1", Peer = "127.0.0.1:9101" });
    /// });
    /// </code>
    /// </example>
    public static IServiceCollection AddToystore(this IServiceCollection services, Action<ToystoreOptions> configure)
    {
        services.AddOptions<ToystoreOptions>().Configure(configure).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ToystoreOptions>, ToystoreOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<ToystoreNode>();
        services.AddHostedService(provider => provider.GetRequiredService<ToystoreNode>());
        services.TryAddSingleton<IToystore>(provider => provider.GetRequiredService<ToystoreNode>());
        services.TryAddSingleton<IClusterView>(provider => provider.GetRequiredService<ToystoreNode>());
        services.TryAddSingleton<IClusterKeys>(provider => provider.GetRequiredService<ToystoreNode>());
        services.TryAddSingleton<IClusterTopology>(provider => provider.GetRequiredService<ToystoreNode>());
        services.TryAddSingleton<INodeDrain>(provider => provider.GetRequiredService<ToystoreNode>());
        services.TryAddSingleton<INodeHealth>(provider => provider.GetRequiredService<ToystoreNode>());
        return services;
    }

    private sealed class ToystoreOptionsValidator : IValidateOptions<ToystoreOptions>
    {
        public ValidateOptionsResult Validate(string? name, ToystoreOptions options)
        {
            _ = ToystoreSetup.Read(options, out var problems);
            return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
        }
    }
}
