using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace ReliableDownload.Api.Hosting;

/// <summary>The server cannot start; the message says why, and what to do about it.</summary>
internal sealed class CannotStartException(string message, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>The explanation of a failure to listen; null if the error is something else.</summary>
    public static string? Explain(Exception error, RdApiOptions options) => (error.InnerException ?? error) switch
    {
        AddressInUseException => $"port {options.Port} is in use: choose another with --port, or end the program that listens there",
        SocketException { SocketErrorCode: SocketError.AccessDenied } =>
            $"this user may not listen on port {options.Port}: choose one above 1023 with --port",
        SocketException { SocketErrorCode: SocketError.AddressNotAvailable } =>
            $"{options.Host} is not an address of this machine: choose one of its own with --host, or :: for all",
        SocketException failure => $"cannot listen on {options.Host}, port {options.Port}: {failure.Message}",
        _ => null,
    };
}
